using MediaNommer.Backends.Tests.Aws;
using MediaNommer.EndToEnd.Tests.Aws.Emulator;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>feederd and its machines live with the policies that <c>nommer aws setup</c> prints, and need nothing more.</summary>
public sealed class PolicyLifeTests : IAsyncLifetime
{
    private AwsSite aws = null!;
    private PolicedAws gate = null!;

    public async Task InitializeAsync()
    {
        aws = await AwsSite.StartAsync();
        await PublishedProgram.CopyToAsync(aws);
        gate = await PolicedAws.StartAsync(aws.Media.Options.EndpointUrl);
        gate.Servers["ec2"] = aws.Ec2.Url;
        aws.Site.Settings["NOMMER__AWS__ENDPOINTURL"] = gate.Address;
        aws.Site.Settings["NOMMER__AWS__EC2__ENDPOINTURL"] = gate.Address;
        aws.Site.Settings["NOMMER__NOMMERD__MAXINACTIVITY"] = "4";
    }

    public async Task DisposeAsync()
    {
        await gate.DisposeAsync();
        await aws.DisposeAsync();
    }

    [Fact]
    public async Task The_printed_policies_are_enough_for_all_that_feederd_and_workers_do()
    {
        var setup = await aws.Site.RunAsync("aws", "setup", aws.Media.Name, "--policies", aws.Site.Folder);
        (await setup.WaitAsync()).ShouldBe(0, setup.ToString());
        setup.Output.ShouldContain("GiveMachinesTheirRole");
        gate.Policy = await ReadAsync("feederd.json");
        gate.Others = (Ec2Emulator.Keys.Id, await ReadAsync("worker.json"));

        var doctor = await aws.Site.RunAsync("aws", "doctor", aws.Media.Name);
        (await doctor.WaitAsync()).ShouldBe(0, doctor.ToString());
        // Only feederd's right to write where workers write was refused.
        gate.Denied.ShouldAllBe(denied => denied.StartsWith($"s3:PutObject on {aws.Media.Name}/.nommer-doctor-", StringComparison.Ordinal));
        gate.Denied.Clear();

        using var webhook = new WebhookReceiver();
        await aws.Site.StartFeederdAsync();
        var id = await SubmitAsync("good", await aws.PutClipAsync(1), webhook);
        var failing = await SubmitAsync("bad", aws.Media.AddressOf("in/missing.mp4"), webhook);
        await aws.WaitUntil("both have ended", () => aws.Site.Client.ListJobsAsync(), list => list.Jobs.Count(job => job.HasEnded) == 2);
        (await aws.Site.Client.GetJobAsync(id)).JobState.ShouldBe("FINISHED");
        await aws.ShouldBeAnnouncedAsync([id, failing], webhook);
        foreach (var command in (string[][])[["retry", failing], ["cancel", failing], ["nodes"], ["list", "--state", "FINISHED"]])
            await aws.Site.RunAsync(command);
        await aws.WaitUntil("the fleet is gone", () => aws.Ec2.Instances.All(instance => instance.State == InstanceState.Terminated));
        var wipe = await aws.Site.RunAsync("wipe", "--yes");
        (await wipe.WaitAsync()).ShouldBe(0, wipe.ToString());

        gate.Denied.ShouldBeEmpty();
        gate.Used.Keys.ShouldContain("sqs:PurgeQueue");
        gate.Used.Keys.ShouldContain("ec2:TerminateInstances");
    }

    private async Task<PolicyDocument> ReadAsync(string file) => new(await File.ReadAllTextAsync(aws.Site.PathOf(file)));

    private async Task<string> SubmitAsync(string name, string source, WebhookReceiver webhook) => await aws.Site.SubmitAsync(
        Clips.QuickJob(aws.Media.AddressOf($"out/{name}.mp4")) with { SourcePath = source, MaxAttempts = 1, NotifyUrl = $"{webhook.Url}{name}", NotifyMethod = "POST" });
}
