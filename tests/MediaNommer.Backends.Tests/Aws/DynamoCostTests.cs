using System.Collections;
using System.Text;
using System.Text.Json.Nodes;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>Holds the figures of docs/adr/0009-dynamodb.md: what a usual job asks of DynamoDB.</summary>
public sealed class DynamoCostTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_usual_job_takes_one_write_for_each_step_of_its_way_and_two_kilobytes()
    {
        var options = await DynamoStores.NewOptionsAsync();
        await using var aws = await TroubledAws.StartAsync(options.Aws.EndpointUrl);
        options.Aws.EndpointUrl = aws.Address;
        using var store = DynamoStores.Connect(options);
        await store.InitializeAsync(None);
        aws.Requests.Clear();

        var queue = new InMemoryMessageQueue(TimeProvider.System);
        var names = new QueueNames("new", "changes");
        var lifecycle = new JobLifecycle(
            store, queue, names,
            new LazyMessages(queue, names, TimeProvider.System, NullLogger<LazyMessages>.Instance),
            new LifecycleOptions(), TimeProvider.System, NullLogger<JobLifecycle>.Instance);
        var id = await lifecycle.SubmitAsync(Usual, null, [], None);
        var claim = await lifecycle.ClaimAsync(
            (await store.GetAsync(id, None))!, JobStep.Encode, "i-0123456789abcdef0", nothingToFetch: false, None);
        await lifecycle.ReportAsync(claim.Claim!, new StepProgress { Fraction = 0.05 }, JobState.Encoding, None);
        await lifecycle.ReportAsync(
            claim.Claim!, new StepProgress { Fraction = 0.1234, Fps = 51.3, Speed = 2.1, SecondsLeft = 70.5 }, null, None);
        await lifecycle.ReportAsync(claim.Claim!, new StepProgress { Fraction = 0.98 }, JobState.Uploading, None);
        await lifecycle.CompleteAsync(claim.Claim!, Success, "frame=1", None);

        aws.Requests.Select(request => request.Action).ShouldBe(
        [
            "PutItem", "GetItem", "TransactWriteItems", "TransactWriteItems", "UpdateItem", "TransactWriteItems",
            "TransactWriteItems",
        ]);
        var items = aws.Requests.Where(request => request.Action == "TransactWriteItems")
            .Select(request => JsonNode.Parse(request.Body)!["TransactItems"]!.AsArray().Count);
        items.ShouldBe([2, 2, 2, 3]);
        // JSON with base64: larger than the item by a third and the quotes.
        aws.Requests.ShouldAllBe(request => request.Body.Length < 2600);
    }

    [Fact]
    public void A_run_reports_four_times_a_minute_unless_somebody_sets_it_otherwise()
    {
        // A worker looks at the shorter of both, and writes at a look when there is progress.
        var usual = Settings("""{"Backend": "Aws"}""").Nommerd;
        Math.Min(usual.ProgressInterval, usual.HeartbeatInterval).ShouldBe(15);
        Settings("""{"Backend": "Aws", "Nommerd": {"ProgressInterval": 2}}""").Nommerd.ProgressInterval.ShouldBe(2);

        static NommerOptions Settings(string json) =>
            SettingsLoader.Load("nommer.json", Encoding.UTF8.GetBytes(json), [], new Hashtable());
    }

    private static JobSpec Usual => new()
    {
        Source = new MediaUri("s3://some-bucket-of-ours/incoming/2026/11/21/interview-with-the-mayor.mov", null),
        Dest = new MediaUri("s3://some-bucket-of-ours/published/2026/11/21/interview-with-the-mayor.mp4", null),
        Options = PresetCatalog.BuiltIn.First(preset => preset.Name == "web_medium").Options,
    };

    private static RunResult Success => new()
    {
        Outcome = RunOutcome.Finished, Message = "Verified and put in place after 12.3 s.",
        Output = new OutputFacts
        {
            Size = 12_345_678, Duration = 61.234, Width = 1280, Height = 720, Streams = ["video:h264", "audio:aac"],
        },
    };
}
