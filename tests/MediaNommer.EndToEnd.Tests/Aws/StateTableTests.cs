using Amazon.DynamoDBv2;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>A table of states that somebody deletes while feederd and a worker run.</summary>
public sealed class StateTableTests : IAsyncLifetime
{
    private AwsSite aws = null!;

    public async Task InitializeAsync() => aws = await AwsSite.StartAsync();

    public async Task DisposeAsync() => await aws.DisposeAsync();

    [Fact]
    public async Task It_is_made_again_and_jobs_run_without_a_restart()
    {
        await aws.Site.StartFeederdAsync();
        await aws.Site.StartWorkerAsync();
        var source = await aws.PutClipAsync(1);
        await aws.Site.WaitForAsync(await SubmitAsync("before"), "FINISHED", TimeSpan.FromMinutes(1));

        var options = aws.Media.Options;
        using var dynamo = new AmazonDynamoDBClient(
            options.AccessKeyId, options.SecretAccessKey,
            new AmazonDynamoDBConfig { ServiceURL = options.EndpointUrl, AuthenticationRegion = options.Region });
        await dynamo.DeleteTableAsync(aws.Config.Name);
        await aws.WaitUntil(
            "the table is back", async () => (await dynamo.ListTablesAsync()).TableNames, names => names.Contains(aws.Config.Name));

        var id = await SubmitAsync("after");
        await aws.Site.WaitForAsync(id, "FINISHED", TimeSpan.FromMinutes(1));
        (await aws.Site.Client.ListNodesAsync()).Nodes.ShouldHaveSingleItem("the worker reports again");

        async Task<string> SubmitAsync(string name) => await aws.Site.SubmitAsync(
            Clips.QuickJob(aws.Media.AddressOf($"out/{name}.mp4")) with { SourcePath = source });
    }
}
