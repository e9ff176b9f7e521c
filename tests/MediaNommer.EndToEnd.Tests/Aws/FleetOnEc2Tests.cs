using MediaNommer.Client.Wire;
using MediaNommer.EndToEnd.Tests.Aws.Emulator;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>The whole system on AWS: feederd launches machines, which become workers by themselves and leave when idle.</summary>
public sealed class FleetOnEc2Tests : IAsyncLifetime
{
    private const int MaxMachines = 3;
    private const int SlowSeconds = 10;

    private AwsSite aws = null!;

    public async Task InitializeAsync()
    {
        // One machine is to be had on the spot market; the others have to be bought on demand.
        aws = await AwsSite.StartAsync(new CloudSettings { RoomFor = request => request.IsSpot ? SpotRoom() : int.MaxValue });
        aws.Site.Settings["NOMMER__AWS__EC2__MARKET"] = "Spot";
        aws.Site.Settings["NOMMER__NOMMERD__MAXINACTIVITY"] = "5";
        await PublishedProgram.CopyToAsync(aws);
    }

    public async Task DisposeAsync() => await aws.DisposeAsync();

    [Fact]
    public async Task Forty_jobs_make_the_fleet_grow_and_shrink_and_each_ends_once_whatever_becomes_of_machines()
    {
        using var webhook = new WebhookReceiver();
        await aws.Site.StartFeederdAsync();
        var ids = await SubmitAsync(webhook, quick: 34, slow: 6);

        // Each as soon as it can be: on a slow machine the last of them starts when the first has done the slow jobs.
        var doomed = await BusyMachineAsync("a bought machine in the first half of a job", machine => !machine.IsSpot, step => step.Progress is > 0 and < 0.5);
        aws.Ec2.PullThePlug(doomed.Id);
        var spot = await BusyMachineAsync("a machine of the spot market at work", machine => machine.IsSpot, _ => true);
        var interruption = aws.Ec2.InterruptAsync(spot.Id, TimeSpan.FromSeconds(5));

        await aws.WaitForAllAsync(ids.Count);
        await aws.WaitUntil("the fleet is gone", () => aws.Ec2.Instances.All(instance => instance.State == InstanceState.Terminated));
        await interruption;

        var histories = await aws.ShouldBeAnnouncedAsync(ids, webhook);
        histories.ShouldAllBe(history => history.Events.Count(line => line.JobState == "FINISHED") == 1 && history.Events.Last().JobState == "FINISHED");
        OutputsShouldBeWrittenOnceForEachAttempt(await aws.OutputsAsync(), histories);
        await MachinesShouldHaveEndedWellAsync(spot, doomed, histories);
    }

    // A machine may be killed after its output is in place and before that is written down: then the job starts again.
    private static void OutputsShouldBeWrittenOnceForEachAttempt(IReadOnlyList<string> outputs, IReadOnlyList<HistoryResponse> histories)
    {
        outputs.Distinct().Count().ShouldBe(histories.Count);
        foreach (var (number, history) in histories.Index())
            outputs.Count(output => output == $"out/{number}.mp4").ShouldBeInRange(1, history.Events.Max(line => line.Attempt));
    }

    private int SpotRoom() => aws.Ec2.Instances.Any(instance => instance.Request.IsSpot) ? 0 : 1;

    private async Task<IReadOnlyList<string>> SubmitAsync(WebhookReceiver webhook, int quick, int slow)
    {
        var (quickClip, slowClip) = (await aws.PutClipAsync(1), await aws.PutClipAsync(SlowSeconds));
        var ids = new List<string>();
        // Slow ones first, so that every machine has one when it is taken away.
        for (var number = 0; number < quick + slow; number++)
        {
            var job = number < slow
                ? Clips.SlowJob(aws.Media.AddressOf($"out/{number}.mp4"), SlowSeconds) with { SourcePath = slowClip }
                : Clips.QuickJob(aws.Media.AddressOf($"out/{number}.mp4")) with { SourcePath = quickClip };
            ids.Add(await aws.Site.SubmitAsync(job with { NotifyUrl = $"{webhook.Url}{number}", NotifyMethod = "POST" }));
        }

        return ids;
    }

    private async Task<Instance> BusyMachineAsync(string what, Func<LaunchRequest, bool> kind, Func<RunningStepResponse, bool> stage) =>
        (await aws.WaitUntil(what, async () =>
        {
            var nodes = (await aws.Site.Client.ListNodesAsync()).Nodes;
            return aws.Ec2.Instances.FirstOrDefault(instance =>
                kind(instance.Request) && nodes.Any(node => node.Id == instance.Id && node.Running.Any(stage)));
        }, found => found is not null))!;

    private async Task MachinesShouldHaveEndedWellAsync(Instance spot, Instance doomed, IReadOnlyList<HistoryResponse> histories)
    {
        aws.Ec2.MostAlive.ShouldBe(MaxMachines);
        aws.Ec2.Instances.Count.ShouldBeGreaterThan(MaxMachines, "Others took the place of the two.");
        aws.Ec2.Instances.Where(instance => instance != spot && instance != doomed)
            .ShouldAllBe(instance => instance.StateReason!.Value.Code == "Client.UserInitiatedShutdown");
        // What the dead machine was at work on was begun again elsewhere; what the other had was handed back or ended.
        histories.Where(history => history.Events.Any(line => line.WorkerId == doomed.Id)).ShouldContain(
            history => history.Events.Any(line => line.WorkerId != doomed.Id && line.Attempt == 2));
        var nodes = (await aws.Site.Client.ListNodesAsync()).Nodes;
        nodes.Single(node => node.Id == spot.Id).Reason.ShouldNotBeNull().ShouldContain("spot");
        nodes.Where(node => node.Id != doomed.Id && node.Id != spot.Id).ShouldAllBe(node => node.State == "TERMINATED");
    }
}
