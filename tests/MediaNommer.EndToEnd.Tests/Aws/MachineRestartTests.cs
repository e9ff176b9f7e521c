using Amazon.S3.Model;
using MediaNommer.EndToEnd.Tests.Aws.Emulator;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>A worker that crashes comes back on its machine; one that cannot start takes the machine with it.</summary>
public sealed class MachineRestartTests : IAsyncLifetime
{
    private AwsSite aws = null!;

    public async Task InitializeAsync()
    {
        aws = await AwsSite.StartAsync();
        aws.Site.Settings["NOMMER__SCALING__MAXNUMEC2INSTANCES"] = "1";
        await PublishedProgram.CopyToAsync(aws);
    }

    public async Task DisposeAsync() => await aws.DisposeAsync();

    [Fact]
    public async Task A_worker_that_crashes_is_started_again_on_the_same_machine()
    {
        await aws.Site.StartFeederdAsync();
        await SubmitAsync("first");
        await aws.WaitForAllAsync(1);
        var machine = aws.Ec2.Instances.Single();

        machine.Machine!.SignalService(Signals.Kill);
        await SubmitAsync("second");

        await aws.WaitForAllAsync(2);
        aws.Ec2.Instances.Count.ShouldBe(1, machine.Machine.Console);
        machine.State.ShouldBe(InstanceState.Running);
    }

    [Fact]
    public async Task A_worker_that_cannot_start_powers_its_machine_off()
    {
        await aws.Site.StartFeederdAsync();
        await aws.Config.Client.PutObjectAsync(
            new PutObjectRequest { BucketName = aws.Config.Name, Key = "nommer.json", ContentBody = "no settings" });

        await SubmitAsync("never");

        await aws.WaitUntil("a machine has ended", () => aws.Ec2.Instances.Any(machine => machine.State == InstanceState.Terminated));
        var ended = aws.Ec2.Instances.First(machine => machine.State == InstanceState.Terminated);
        ended.StateReason!.Value.Code.ShouldBe("Client.InstanceInitiatedShutdown", ended.Machine!.Console);
        Lines(ended.Machine.Console, "no settings").ShouldBe(5, ended.Machine.Console);
    }

    private static int Lines(string text, string word) => text.Split('\n').Count(line => line.Contains(word, StringComparison.Ordinal));

    private async Task SubmitAsync(string name) => await aws.Site.SubmitAsync(
        Clips.QuickJob(aws.Media.AddressOf($"out/{name}.mp4")) with { SourcePath = await aws.PutClipAsync(1) });
}
