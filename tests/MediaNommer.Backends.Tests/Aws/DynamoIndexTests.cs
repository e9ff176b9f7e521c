using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using MediaNommer.Backends.Aws.DynamoDb;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>What is beside the records in DynamoDB's items: the keys of indexes that lag behind, and the date of expiry.</summary>
public sealed class DynamoIndexTests : IAsyncLifetime
{
    private NommerOptions options = null!;
    private DynamoJobStore store = null!;
    private AmazonDynamoDBClient client = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        options = await DynamoStores.NewOptionsAsync();
        store = DynamoStores.Connect(options);
        await store.InitializeAsync(None);
        client = new("test", "test", new AmazonDynamoDBConfig
        {
            ServiceURL = options.Aws.EndpointUrl, AuthenticationRegion = "us-east-1",
        });
    }

    public Task DisposeAsync()
    {
        store.Dispose();
        client.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Due_jobs_behind_out_of_date_entries_of_the_index_are_found_all_the_same()
    {
        var now = SampleJobs.Start.AddMinutes(2);
        foreach (var number in Enumerable.Range(1, 10))
            await store.CreateAsync(SampleJobs.Make(number).Accepted(), null, None);
        // As after an absence of the index: the jobs have moved on, their entries have not.
        foreach (var number in Enumerable.Range(1, 5))
        {
            var change = SampleJobs.Make(number).Next(JobState.Encoding);
            change = change with { Job = change.Job with { NextCheckAt = now.AddHours(1) } };
            (await store.TryUpdateAsync(change, 1, None)).ShouldBeTrue();
            await client.UpdateItemAsync(new UpdateItemRequest
            {
                TableName = options.Aws.DynamoDb.TableName, Key = TableKeys.Job(change.Job.Id).ToItem(),
                UpdateExpression = "SET agenda_at = :at",
                ExpressionAttributeValues = new() { [":at"] = Values.Of(Values.Sortable(SampleJobs.Start)) },
            });
        }

        (await store.GetDueAsync(now, 5, None)).Select(job => job.Id)
            .ShouldBe(Enumerable.Range(6, 5).Select(SampleJobs.Id), ignoreOrder: true);
        (await store.GetDueAsync(now, 3, None)).Count.ShouldBe(3);
        (await store.GetDueAsync(now, 100, None)).Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_job_that_ended_expires_no_earlier_than_what_belongs_to_it_or_than_it_can_have_something_to_tell()
    {
        var job = SampleJobs.Make(1).Labelled("label");
        await store.CreateAsync(job.Accepted(job.Notify(1)), null, None);
        await store.TryUpdateAsync(job.Next(JobState.Finished) with { Log = new JobLog(1, "log") }, 1, None);

        var found = await client.QueryAsync(new QueryRequest
        {
            TableName = options.Aws.DynamoDb.TableName, KeyConditionExpression = "pk = :job",
            ExpressionAttributeValues = new() { [":job"] = Values.Of(job.Id) },
        });

        var expiries = found.Items.ToDictionary(item => item["sk"].S, item => long.Parse(item["expires"].N, CultureInfo.InvariantCulture));
        expiries.Count.ShouldBeGreaterThan(4);
        expiries["job"].ShouldBe(expiries.Values.Max());
        expiries["job"].ShouldBeGreaterThan(SampleJobs.Start.AddDays(366).ToUnixTimeSeconds());
    }
}
