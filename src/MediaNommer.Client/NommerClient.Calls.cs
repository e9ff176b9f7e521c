using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using MediaNommer.Client.Wire;

namespace MediaNommer.Client;

/// <content>One method for each call of the API.</content>
public sealed partial class NommerClient
{
    private const int JobIdLength = 32;

    /// <summary>Submits a job. When the task ends, the job is stored durably.</summary>
    /// <param name="job">The job.</param>
    /// <param name="idempotencyKey">The same key within 24 hours gives the same job, or null.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<JobAcceptedResponse> SubmitAsync(
        JobRequest job, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        var request = Post("v1/jobs", job, WireJson.Default.JobRequest);
        return SubmitAsync(request, idempotencyKey, cancellation);
    }

    /// <summary>Submits a job that is already JSON.</summary>
    /// <param name="json">The body, as docs/api.md describes it.</param>
    /// <param name="idempotencyKey">The same key within 24 hours gives the same job, or null.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<JobAcceptedResponse> SubmitJsonAsync(
        string json, string? idempotencyKey = null, CancellationToken cancellation = default) =>
        SubmitAsync(
            new HttpRequestMessage(HttpMethod.Post, "v1/jobs") { Content = Json(json) }, idempotencyKey, cancellation);

    /// <summary>The job.</summary>
    public Task<JobResponse> GetJobAsync(string jobId, CancellationToken cancellation = default) =>
        GetAsync($"v1/jobs/{Escape(jobId)}", WireJson.Default.JobResponse, cancellation);

    /// <summary>The id of the one job whose id begins so; a whole id is given back as it is, without a look.</summary>
    /// <param name="prefix">The beginning of an id.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="NommerApiException">No job's id begins so (<c>NOT_FOUND</c>), or several do (<c>AMBIGUOUS</c>).</exception>
    public async Task<string> ResolveJobIdAsync(string prefix, CancellationToken cancellation = default)
    {
        if (prefix.Length >= JobIdLength || !prefix.All(char.IsAsciiHexDigit))
            return prefix;
        var found = new List<string>();
        await foreach (var job in ListByPrefixAsync(prefix, limit: 2, cancellation))
            found.Add(job.Id);
        return found switch
        {
            [var only] => only,
            [] => throw new NommerApiException("NOT_FOUND", $"No job's id begins with '{prefix}'.", false, (int)HttpStatusCode.NotFound),
            _ => throw new NommerApiException(
                "AMBIGUOUS", $"Several jobs' ids begin with '{prefix}', for example {found[0]} and {found[1]}; give more of it.",
                false, (int)HttpStatusCode.NotFound),
        };
    }

    /// <summary>The jobs whose ids begin so, newest first.</summary>
    /// <param name="prefix">The beginning of an id: up to 32 hexadecimal digits.</param>
    /// <param name="limit">How many at most, 1 to 1,000.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async IAsyncEnumerable<JobResponse> ListByPrefixAsync(
        string prefix, int limit, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (prefix.Length >= JobIdLength)
        {
            yield return await GetJobAsync(prefix, cancellation);
            yield break;
        }

        // Ids are listed in their order, backwards, and a page begins behind its cursor: the greatest id of that beginning.
        prefix = prefix.ToLowerInvariant();
        var cursor = prefix.PadRight(JobIdLength, 'f');
        while (cursor is not null && limit > 0)
        {
            var page = await ListJobsAsync(limit: limit, cursor: cursor, cancellation: cancellation);
            foreach (var job in page.Jobs)
            {
                if (!job.Id.StartsWith(prefix, StringComparison.Ordinal))
                    yield break;
                limit--;
                yield return job;
            }

            cursor = page.Cursor;
        }
    }

    /// <summary>One page of jobs, newest first.</summary>
    /// <param name="state">Only jobs in this state, or null.</param>
    /// <param name="label">Only jobs with this label, or null.</param>
    /// <param name="text">Only jobs with this text in source or destination, or null.</param>
    /// <param name="limit">1 to 1,000, or null for 50.</param>
    /// <param name="cursor">The cursor of the page before, or null.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<JobListResponse> ListJobsAsync(
        string? state = null, string? label = null, string? text = null, int? limit = null, string? cursor = null,
        CancellationToken cancellation = default) =>
        GetAsync(
            Query("v1/jobs", ("state", state), ("label", label), ("text", text), ("limit", Number(limit)),
                ("cursor", cursor)),
            WireJson.Default.JobListResponse, cancellation);

    /// <summary>Cancels a waiting job at once, a running one as soon as its worker hears of it.</summary>
    public Task<JobResponse> CancelAsync(string jobId, CancellationToken cancellation = default) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Delete, $"v1/jobs/{Escape(jobId)}"), WireJson.Default.JobResponse,
            cancellation);

    /// <summary>Puts a job that ended without a result back into its queue.</summary>
    public Task<JobResponse> RetryAsync(string jobId, CancellationToken cancellation = default) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, $"v1/jobs/{Escape(jobId)}/retry"), WireJson.Default.JobResponse,
            cancellation);

    /// <summary>Everything that happened to a job.</summary>
    public Task<HistoryResponse> GetHistoryAsync(string jobId, CancellationToken cancellation = default) =>
        GetAsync($"v1/jobs/{Escape(jobId)}/history", WireJson.Default.HistoryResponse, cancellation);

    /// <summary>Which attempts of a job have a log.</summary>
    public Task<LogListResponse> ListLogsAsync(string jobId, CancellationToken cancellation = default) =>
        GetAsync($"v1/jobs/{Escape(jobId)}/logs", WireJson.Default.LogListResponse, cancellation);

    /// <summary>What the nommer printed in one attempt (null: the last that has a log); null when there is none.</summary>
    public async Task<string?> GetLogAsync(
        string jobId, int? attempt = null, CancellationToken cancellation = default)
    {
        var path = Query($"v1/jobs/{Escape(jobId)}/log", ("attempt", Number(attempt)));
        try
        {
            using var response = await ExchangeAsync(
                new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseContentRead, cancellation);
            return await response.Content.ReadAsStringAsync(cancellation);
        }
        catch (NommerApiException e) when (e.Code == "LOG_NOT_FOUND")
        {
            return null;
        }
    }

    /// <summary>What lies at an address, as feederd sees it.</summary>
    public Task<SourceResponse> ProbeAsync(string sourcePath, CancellationToken cancellation = default) => SendAsync(
        Post("v1/probe", new ProbeRequest { SourcePath = sourcePath }, WireJson.Default.ProbeRequest),
        WireJson.Default.SourceResponse, cancellation);

    /// <summary>All workers.</summary>
    public Task<NodeListResponse> ListNodesAsync(CancellationToken cancellation = default) =>
        GetAsync("v1/nodes", WireJson.Default.NodeListResponse, cancellation);

    /// <summary>The fleet, and what the scaler last decided.</summary>
    public Task<FleetResponse> GetFleetAsync(CancellationToken cancellation = default) =>
        GetAsync("v1/fleet", WireJson.Default.FleetResponse, cancellation);

    /// <summary>All presets.</summary>
    public Task<PresetListResponse> ListPresetsAsync(CancellationToken cancellation = default) =>
        GetAsync("v1/presets", WireJson.Default.PresetListResponse, cancellation);

    /// <summary>One page of notifications, newest first.</summary>
    /// <param name="jobId">Only those of this job, or null.</param>
    /// <param name="state">Only PENDING, DELIVERED or FAILED ones, or null.</param>
    /// <param name="limit">1 to 1,000, or null for 50.</param>
    /// <param name="cursor">The cursor of the page before, or null.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<NotificationListResponse> ListNotificationsAsync(
        string? jobId = null, string? state = null, int? limit = null, string? cursor = null,
        CancellationToken cancellation = default) =>
        GetAsync(
            Query("v1/notifications", ("job_id", jobId), ("state", state), ("limit", Number(limit)),
                ("cursor", cursor)),
            WireJson.Default.NotificationListResponse, cancellation);

    /// <summary>One notification.</summary>
    public Task<NotificationResponse> GetNotificationAsync(string id, CancellationToken cancellation = default) =>
        GetAsync($"v1/notifications/{Escape(id)}", WireJson.Default.NotificationResponse, cancellation);

    /// <summary>Has a notification delivered once more.</summary>
    public Task<NotificationResponse> ReplayNotificationAsync(string id, CancellationToken cancellation = default) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, $"v1/notifications/{Escape(id)}/replay"),
            WireJson.Default.NotificationResponse, cancellation);

    /// <summary>What there is to know about this feederd.</summary>
    public Task<AboutResponse> GetAboutAsync(CancellationToken cancellation = default) =>
        GetAsync("v1/about", WireJson.Default.AboutResponse, cancellation);

    /// <summary>Deletes all jobs, nodes and notifications, and empties the queues.</summary>
    public Task WipeAsync(CancellationToken cancellation = default) =>
        SendAsync(
            Post("v1/wipe", new WipeRequest { Confirm = true }, WireJson.Default.WipeRequest),
            WireJson.Default.WipeResponse, cancellation);

    /// <summary>True when feederd's store and queue answer.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation = default)
    {
        try
        {
            await GetAsync("readyz", WireJson.Default.HealthResponse, cancellation);
            return true;
        }
        catch (NommerApiException e) when (e.Status == (int)HttpStatusCode.ServiceUnavailable)
        {
            return false;
        }
    }

    private Task<JobAcceptedResponse> SubmitAsync(
        HttpRequestMessage request, string? idempotencyKey, CancellationToken cancellation)
    {
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return SendAsync(request, WireJson.Default.JobAcceptedResponse, cancellation);
    }

    private static string? Number(int? value) => value?.ToString(CultureInfo.InvariantCulture);
}
