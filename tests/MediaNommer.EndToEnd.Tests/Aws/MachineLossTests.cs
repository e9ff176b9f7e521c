using MediaNommer.EndToEnd.Tests.Aws.Emulator;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>No machine is launched twice, and none is left running.</summary>
public sealed class MachineLossTests : IAsyncLifetime
{
    private AwsSite aws = null!;

    public async Task InitializeAsync()
    {
        // EC2 may not show at once what it has launched.
        aws = await AwsSite.StartAsync(new CloudSettings { DescribesUntilVisible = 5 });
        aws.Site.Settings["NOMMER__SCALING__MAXNUMEC2INSTANCES"] = "1";
        await PublishedProgram.CopyToAsync(aws);
    }

    public async Task DisposeAsync() => await aws.DisposeAsync();

    [Fact]
    public async Task A_feederd_that_dies_before_it_learns_of_a_launch_does_not_launch_twice()
    {
        var answer = aws.Ec2.Faults.Hold("RunInstances");
        var feederd = await aws.Site.StartFeederdAsync();
        await SubmitAsync();
        await answer.Reached;

        feederd.Signal(Signals.Kill);
        await feederd.WaitAsync();
        answer.Release();
        await aws.Site.StartFeederdAsync();

        await aws.WaitForAllAsync(1);
        aws.Ec2.Calls.Count(call => call == "RunInstances").ShouldBeGreaterThan(1);
        aws.Ec2.Instances.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_machine_whose_worker_has_ended_powers_itself_off()
    {
        await aws.Site.StartFeederdAsync();
        await SubmitAsync();
        await aws.WaitForAllAsync(1);
        var machine = aws.Ec2.Instances.Single();

        // As when somebody stops its service: the worker itself does not know that the machine is to go.
        machine.Machine!.SignalService(Signals.Terminate);

        await aws.WaitUntil("the machine has ended", () => machine.State == InstanceState.Terminated);
        machine.StateReason!.Value.Code.ShouldBe("Client.InstanceInitiatedShutdown", machine.Machine.Console);
        aws.Ec2.Calls.ShouldNotContain("TerminateInstances");
    }

    private async Task SubmitAsync() => await aws.Site.SubmitAsync(
        Clips.QuickJob(aws.Media.AddressOf("out/out.mp4")) with { SourcePath = await aws.PutClipAsync(1) });
}
