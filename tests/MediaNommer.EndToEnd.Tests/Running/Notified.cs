using System.Globalization;
using System.Text.Json.Nodes;
using MediaNommer.Client.Wire;
using Shouldly;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>Compares what a webhook was told of a job with the job's history.</summary>
internal static class Notified
{
    /// <summary>The changes of the job's state that have not arrived; empty when everything has.</summary>
    public static string Missing(HistoryResponse history, WebhookReceiver webhook)
    {
        var missing = Changes(history).Except(Numbers(history, webhook)).ToHashSet();
        return string.Join('\n', history.Events.Where(line => missing.Contains(line.Sequence)).Select(line => $"{history.JobId} {line}"));
    }

    /// <summary>Fails unless every change has arrived once, in its order, and nothing else.</summary>
    public static void ShouldBeOnceAndInOrder(HistoryResponse history, WebhookReceiver webhook)
    {
        var numbers = Numbers(history, webhook);
        numbers.ShouldBe(numbers.Distinct().Order().ToList(), customMessage: history.JobId);
        var states = history.Events.ToDictionary(line => line.Sequence, line => line.JobState);
        Of(history, webhook).Select(request => JsonNode.Parse(request.Body)!["job_state"]!.GetValue<string>())
            .ShouldBe(numbers.Select(number => states[number]), customMessage: history.JobId);
        Changes(history).Except(numbers).ShouldBeEmpty(history.JobId);
    }

    private static List<(string Method, string Path, string Body, string Delivery)> Of(HistoryResponse history, WebhookReceiver webhook) =>
        [.. webhook.Requests.Where(request => request.Delivery.StartsWith(history.JobId, StringComparison.Ordinal))];

    // A delivery is called by the job and the number of the line in its history.
    private static List<int> Numbers(HistoryResponse history, WebhookReceiver webhook) =>
        [.. Of(history, webhook).Select(request => int.Parse(request.Delivery.Split('-')[^1], CultureInfo.InvariantCulture))];

    private static IEnumerable<int> Changes(HistoryResponse history) => history.Events
        .Zip(history.Events.Select(line => line.JobState).Prepend(""))
        .Where(pair => pair.First.JobState != pair.Second)
        .Select(pair => pair.First.Sequence);
}
