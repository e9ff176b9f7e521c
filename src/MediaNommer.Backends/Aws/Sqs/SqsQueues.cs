using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.Sqs;

/// <summary>
/// Finds queues by name and makes those that are missing: kept for 14 days, long polls, and one dead-letter queue for
/// all of them. What is there already is left as its owner set it up.
/// </summary>
internal sealed class SqsQueues(SqsClient client, string deadLetters, int maxReceives, TimeProvider clock)
{
    private const int KeepSeconds = 14 * 86400;

    // SQS makes no queue of a name that was deleted less than a minute ago, and knows a new one after a second or so.
    private static readonly TimeSpan MakingTakes = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly HashSet<string> RecentlyDeleted = new(StringComparer.Ordinal)
    {
        "QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently",
    };

    private readonly ConcurrentDictionary<string, Task<string>> urls = [];

    /// <summary>The name of the dead-letter queue.</summary>
    public string DeadLetters => deadLetters;

    /// <summary>The address of a queue, which is made when it is missing.</summary>
    public async Task<string> UrlOfAsync(string name)
    {
        var url = urls.GetOrAdd(name, FindOrMakeAsync);
        try
        {
            return await url;
        }
        catch
        {
            // The next one asks again.
            urls.TryRemove(KeyValuePair.Create(name, url));
            throw;
        }
    }

    /// <summary>To be called when a queue turns out to be gone: the next call makes it again.</summary>
    public void Forget(string name) => urls.TryRemove(name, out _);

    // Not cancelled with the caller: others may wait for the same queue.
    private async Task<string> FindOrMakeAsync(string name)
    {
        if (await client.FindQueueAsync(name, CancellationToken.None) is { } url)
            return url;
        var attributes = await AttributesOfAsync(name);
        var made = await AskAgainAsync(
            () => MakeAsync(name, attributes), e => RecentlyDeleted.Contains(e.Code) || SpeaksOfDeadLetters(e));
        await AskAgainAsync(
            () => client.GetAttributesAsync(made, ["QueueArn"], CancellationToken.None), e => SqsClient.NoSuchQueue.Contains(e.Code));
        return made;
    }

    private async Task<string> MakeAsync(string name, Dictionary<string, string> attributes)
    {
        try
        {
            return await client.CreateQueueAsync(name, attributes, CancellationToken.None);
        }
        catch (AwsException e) when (e.Code is "QueueNameExists" or "QueueAlreadyExists")
        {
            // Another process made it meanwhile.
            if (await client.FindQueueAsync(name, CancellationToken.None) is { } theirs)
                return theirs;
            throw;
        }
    }

    private async Task<T> AskAgainAsync<T>(Func<Task<T>> ask, Predicate<AwsException> isTooEarly)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (AwsException e) when (isTooEarly(e) && clock.GetElapsedTime(began) < MakingTakes)
            {
                await Task.Delay(Pause, clock);
            }
        }
    }

    private static bool SpeaksOfDeadLetters(AwsException e) =>
        e.Status is HttpStatusCode.BadRequest && e.Message.Contains("dead letter", StringComparison.OrdinalIgnoreCase);

    private async Task<Dictionary<string, string>> AttributesOfAsync(string name)
    {
        var attributes = new Dictionary<string, string> { ["MessageRetentionPeriod"] = $"{KeepSeconds}" };
        if (name == deadLetters)
            return attributes;
        var dead = await client.GetAttributesAsync(await UrlOfAsync(deadLetters), ["QueueArn"], CancellationToken.None);
        attributes["ReceiveMessageWaitTimeSeconds"] = "20";
        attributes["RedrivePolicy"] = JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["deadLetterTargetArn"] = dead["QueueArn"], ["maxReceiveCount"] = $"{maxReceives}",
        });
        return attributes;
    }
}
