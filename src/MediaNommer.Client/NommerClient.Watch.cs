using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MediaNommer.Client.Wire;

namespace MediaNommer.Client;

/// <summary>Something that happened to a job.</summary>
/// <param name="Kind"><c>state</c> for a change of state, <c>progress</c> for anything else.</param>
/// <param name="Job">The job as it was then.</param>
public sealed record JobNews(string Kind, JobEventResponse Job);

/// <content>Server-sent events.</content>
public sealed partial class NommerClient
{
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromSeconds(1);

    // feederd sends a comment every 15 seconds; silence for longer means that the connection is dead.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(40);

    /// <summary>
    /// Follows one job until it has ended, or all jobs for ever. A broken connection is taken up again where it left
    /// off.
    /// </summary>
    /// <param name="jobId">The job, or null for all.</param>
    /// <param name="patience">
    /// How long feederd may be out of reach before <see cref="NommerUnreachableException"/> is thrown.
    /// </param>
    /// <param name="cancellation">Ends the watch.</param>
    /// <param name="connection">
    /// Called with the reason each time feederd cannot be reached, and with null when it sends something; or null.
    /// </param>
    public async IAsyncEnumerable<JobNews> WatchAsync(
        string? jobId, TimeSpan patience, [EnumeratorCancellation] CancellationToken cancellation = default,
        Action<Exception?>? connection = null)
    {
        var path = jobId is null ? "v1/events" : $"v1/jobs/{Escape(jobId)}/events";
        string? lastId = null;
        var lastNews = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using var events = ReadEventsAsync(path, lastId, cancellation).GetAsyncEnumerator(cancellation);
            while (await MoveNextAsync(events, () => TimeProvider.System.GetElapsedTime(lastNews) < patience, connection))
            {
                connection?.Invoke(null);
                lastNews = TimeProvider.System.GetTimestamp();
                lastId = events.Current.EventId ?? lastId;
                var job = JsonSerializer.Deserialize(events.Current.Data, WireJson.Default.JobEventResponse)!;
                yield return new JobNews(events.Current.EventType, job);
                if (jobId is not null && job.HasEnded)
                    yield break;
            }

            await Task.Delay(ReconnectPause, cancellation);
        }
    }

    private async Task<bool> MoveNextAsync(
        IAsyncEnumerator<SseItem<string>> events, Func<bool> isPatient, Action<Exception?>? connection)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception e) when (IsOutage(e))
        {
            var outage = e is NommerUnreachableException or NommerApiException ? e : Unreachable(e);
            if (!isPatient())
                throw outage;
            connection?.Invoke(outage);
            return false;
        }
    }

    private static bool IsOutage(Exception e) =>
        e is NommerUnreachableException or NommerApiException { Retryable: true } or IOException or HttpRequestException or TimeoutException;

    private async IAsyncEnumerable<SseItem<string>> ReadEventsAsync(
        string path, string? lastId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        using var response = await ExchangeAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        var body = new ImpatientStream(await response.Content.ReadAsStreamAsync(cancellation), LongestSilence);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellation))
            yield return item;
    }
}
