using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

public sealed class TeardownTests : IAsyncLifetime
{
    private AwsSite aws = null!;

    public async Task InitializeAsync() => aws = await AwsSite.StartAsync();

    public async Task DisposeAsync() => await aws.DisposeAsync();

    [Fact]
    public async Task Nothing_is_deleted_while_a_job_is_unfinished_unless_it_is_forced()
    {
        aws.Site.Settings["NOMMER__FEEDERD__ALLOWEC2LAUNCHES"] = "false";
        await aws.Site.StartFeederdAsync();
        var id = await aws.Site.SubmitAsync(Clips.QuickJob(aws.Media.AddressOf("out.mp4")));

        var refused = await aws.Site.RunAsync("aws", "teardown", "--yes");

        (await refused.WaitAsync()).ShouldBe(1, refused.ToString());
        refused.Errors.ShouldContain("1 job is unfinished");
        refused.Errors.ShouldContain("--force");
        (await aws.Site.Client.GetJobAsync(id)).JobState.ShouldBe("PENDING");

        var forced = await aws.Site.RunAsync("aws", "teardown", "--yes", "--force");
        (await forced.WaitAsync()).ShouldBe(0, forced.ToString());
    }
}
