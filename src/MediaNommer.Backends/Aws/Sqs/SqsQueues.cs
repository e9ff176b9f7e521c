using System.Collections.Concurrent;
using System.Text.Json;
using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.Sqs;

/// <summary>
/// Finds queues by name and makes those that are missing: kept for 14 days, long polls, and one dead-letter queue for
/// all of them. What is there already is left as its owner set it up.
/// </summary>
internal sealed class SqsQueues(SqsClient client, string deadLetters, int maxReceives)
{
    private const int KeepSeconds = 14 * 86400;

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
        try
        {
            return await client.CreateQueueAsync(name, await AttributesOfAsync(name), CancellationToken.None);
        }
        catch (AwsException e) when (e.Code is "QueueNameExists" or "QueueAlreadyExists")
        {
            // Another process made it meanwhile.
            if (await client.FindQueueAsync(name, CancellationToken.None) is { } theirs)
                return theirs;
            throw;
        }
    }

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
