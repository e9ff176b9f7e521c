using System.Text.Json;
using System.Xml.Linq;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>What <c>nommer aws</c> does to an account, on moto.</summary>
public sealed class AwsAccountTests : IAsyncLifetime
{
    // One of those that moto brings along.
    private const string Image = "ami-12c6146b";

    private readonly string name = $"account{Guid.NewGuid():N}";
    private NommerOptions options = null!;
    private AwsAccount account = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        options = new NommerOptions { Backend = "Aws", Aws = await MotoServer.OptionsAsync() };
        options.Queues.SqsNewJobQueueName = name;
        options.Queues.SqsJobStateChangeQueueName = name + "_jstate";
        options.Aws.DynamoDb.TableName = name;
        options.Aws.ConfigS3Bucket = name;
        options.Aws.Ec2.AmiId = Image;
        options.Aws.Ec2.InstanceProfile = "";
        options.Aws.Ec2.SecurityGroups = [name];
        options.DataDir = Directory.CreateTempSubdirectory("nommer-account-").FullName;
        account = new AwsAccount(options);
    }

    public Task DisposeAsync()
    {
        account.Dispose();
        Directory.Delete(options.DataDir, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task It_is_set_up_once_examined_and_cleared_away_again()
    {
        (await account.ExamineAsync([], None).ToListAsync()).Where(step => !step.Ok).Select(step => step.Remedy ?? "")
            .ShouldContain(remedy => remedy.Contains("nommer aws setup"));

        var first = await account.SetUpAsync(None).ToListAsync();
        first.ShouldAllBe(step => step.Ok);
        first.ShouldAllBe(step => step.Message.Contains("ade", StringComparison.Ordinal));
        var second = await account.SetUpAsync(None).ToListAsync();
        second.ShouldAllBe(step => step.Ok && step.Message.Contains("t was there"));

        (await account.ExamineAsync([name], None).ToListAsync()).Where(step => !step.Ok).ShouldHaveSingleItem().Message
            .ShouldContain("nommer aws publish");
        await PublishAsync();
        (await account.ExamineAsync([name], None).ToListAsync()).Where(step => !step.Ok).ShouldBeEmpty();

        (await account.TearDownAsync([ConfigBucket.ProgramKeyOf("linux-x64")], None).ToListAsync()).ShouldAllBe(step => step.Ok && step.Message.Contains("eleted"));
        (await account.TearDownAsync([], None).ToListAsync()).ShouldAllBe(step => step.Ok && step.Message.Contains("t was not there"));
    }

    [Fact]
    public async Task A_security_group_of_that_name_in_another_network_is_somebody_elses()
    {
        using var ec2 = Backends.Aws.Ec2.Ec2Registration.NewClient(
            options, new AwsAccess(options.Aws), TimeProvider.System);
        var vpc = await CallAsync("CreateVpc", ("CidrBlock", "10.1.0.0/16"));
        await CallAsync("CreateSecurityGroup", ("GroupName", name), ("GroupDescription", "theirs"), ("VpcId", vpc.Down("vpc")!.Child("vpcId")!));

        (await account.SetUpAsync(None).SingleAsync(step => step.Name.StartsWith("security group"))).Message.ShouldContain("made");
        await PublishAsync();
        (await account.ExamineAsync([], None).ToListAsync()).Where(step => !step.Ok).ShouldBeEmpty();
        (await account.TearDownAsync([ConfigBucket.ProgramKeyOf("linux-x64")], None).ToListAsync()).ShouldAllBe(step => step.Ok);

        (await ec2.DescribeSecurityGroupsAsync([new("group-name", name)], None)).ShouldHaveSingleItem();

        Task<System.Xml.Linq.XElement> CallAsync(string action, params (string Name, string Value)[] parameters) => ec2.CallAsync(
            parameters.Aggregate(Backends.Aws.Ec2.Ec2Client.Form(action, []), (form, one) => form.With(one.Name, one.Value)), None);
    }

    [Fact]
    public async Task An_examination_leaves_nothing_behind()
    {
        await account.SetUpAsync(None).ToListAsync();
        using var queue = AwsRegistration.NewQueue(
            options, new AwsAccess(options.Aws), TimeProvider.System);

        await account.ExamineAsync([], None).ToListAsync();

        (await queue.ApproximateDepthAsync(name + "_dead", None)).ShouldBe(0);
        (await account.RunningMachinesAsync(None)).ShouldBeEmpty();
        using var bucket = new ConfigBucket(options.Aws);
        (await bucket.DeleteAsync([], None)).ShouldBeTrue("the bucket is empty");
    }

    [Fact]
    public async Task The_policies_name_this_systems_resources_and_no_others()
    {
        options.Aws.Ec2.InstanceProfile = "workers";
        await account.SetUpAsync(None).ToListAsync();

        var policies = await account.PoliciesAsync(["movies"], None);

        foreach (var policy in (string[])[policies.Feederd, policies.Worker])
        {
            using var json = JsonDocument.Parse(policy);
            foreach (var statement in json.RootElement.GetProperty("Statement").EnumerateArray())
            {
                var resources = statement.GetProperty("Resource").EnumerateArray().Select(one => one.GetString()!).ToList();
                var actions = statement.GetProperty("Action").EnumerateArray().Select(one => one.GetString()!).ToList();
                actions.ShouldAllBe(action => !action.Contains('*'));
                // Descriptions of EC2 know no resources.
                if (!actions.All(action => action.StartsWith("ec2:Describe", StringComparison.Ordinal)))
                    resources.ShouldAllBe(resource => resource.StartsWith("arn:aws:", StringComparison.Ordinal));
            }
        }

        policies.Worker.ShouldContain("arn:aws:s3:::movies/*");
        policies.Worker.ShouldNotContain("CreateTable");
        policies.Worker.ShouldNotContain("RunInstances");
        policies.Feederd.ShouldContain("role/workers");
        policies.Feederd.ShouldContain($"table/{name}/index/*");
        policies.Trust.ShouldContain("ec2.amazonaws.com");
    }

    [Fact]
    public async Task A_missing_permission_is_named()
    {
        await account.SetUpAsync(None).ToListAsync();
        await PublishAsync();
        await using var denying = await TroubledAws.StartAsync(options.Aws.EndpointUrl);
        denying.Refuse = request => request.Action == "SendMessageBatch"
            ? TroubledAws.Error("AccessDeniedException", "User x is not authorized to perform: sqs:sendmessage") : null;
        options.Aws.Sqs.EndpointUrl = denying.Address;
        using var denied = new AwsAccount(options);

        var step = (await denied.ExamineAsync([], None).ToListAsync()).Single(step => !step.Ok);

        step.Name.ShouldBe("messages");
        step.Remedy.ShouldNotBeNull().ShouldContain("sqs:SendMessage");
    }

    [Fact]
    public async Task Security_groups_are_made_in_the_network_of_every_subnet_and_only_those_with_our_tag_are_deleted()
    {
        using var ec2 = Ec2Registration.NewClient(options, new AwsAccess(options.Aws), TimeProvider.System);
        var (ours, theirs, foreign) = (await MakeNetworkAsync(1), await MakeNetworkAsync(2), await MakeNetworkAsync(3));
        options.Aws.Ec2.Subnets = [ours.Subnet, theirs.Subnet];
        // Of the same name: somebody else's in one of our networks, and in one that is none of ours.
        await ec2.CallAsync(GroupIn(theirs.Vpc), None);
        await ec2.CallAsync(GroupIn(foreign.Vpc), None);
        using var there = new AwsAccount(options);

        var made = (await there.SetUpAsync(None).ToListAsync()).Last();
        made.Message.ShouldContain($"in {ours.Vpc}: made");
        made.Message.ShouldContain($"in {theirs.Vpc}: it was there");
        (await NetworksOfGroupsAsync()).ShouldBe([ours.Vpc, theirs.Vpc, foreign.Vpc], ignoreOrder: true);

        var deleted = (await there.TearDownAsync([], None).ToListAsync()).Last();
        deleted.Message.ShouldContain($"in {ours.Vpc}: deleted");
        deleted.Message.ShouldContain($"in {theirs.Vpc} stays: it has no tag");
        (await NetworksOfGroupsAsync()).ShouldBe([theirs.Vpc, foreign.Vpc], ignoreOrder: true);

        async Task<(string Vpc, string Subnet)> MakeNetworkAsync(int number)
        {
            var vpc = Find(await ec2.CallAsync(Ec2Client.Form("CreateVpc", []).With("CidrBlock", $"10.{number}.0.0/16"), None), "vpcId");
            var form = Ec2Client.Form("CreateSubnet", []).With("VpcId", vpc).With("CidrBlock", $"10.{number}.1.0/24");
            return (vpc, Find(await ec2.CallAsync(form, None), "subnetId"));
        }

        QueryForm GroupIn(string vpc) =>
            Ec2Client.Form("CreateSecurityGroup", []).With("GroupName", name).With("GroupDescription", "x").With("VpcId", vpc);

        async Task<IEnumerable<string>> NetworksOfGroupsAsync() =>
            (await ec2.CallAsync(Ec2Client.Form("DescribeSecurityGroups", [new("group-name", name)]), None))
                .Descendants().Where(element => element.Name.LocalName == "vpcId").Select(element => element.Value);
    }

    [Fact]
    public async Task A_bucket_that_was_left_open_is_closed_by_the_next_setup()
    {
        using var bucket = await TestBucket.CreateAsync(options.Aws);
        options.Aws.ConfigS3Bucket = bucket.Name;
        using var there = new AwsAccount(options);

        (await there.SetUpAsync(None).ToListAsync()).ShouldAllBe(step => step.Ok);

        var access = (await bucket.Client.GetPublicAccessBlockAsync(new() { BucketName = bucket.Name })).PublicAccessBlockConfiguration;
        (access.BlockPublicAcls, access.BlockPublicPolicy, access.IgnorePublicAcls, access.RestrictPublicBuckets).ShouldBe((true, true, true, true));
    }

    [Fact]
    public async Task Unfinished_jobs_and_workers_that_report_are_work_in_progress()
    {
        (await account.WorkInProgressAsync(None)).ShouldBeEmpty("there is no table");
        await account.SetUpAsync(None).ToListAsync();
        (await account.WorkInProgressAsync(None)).ShouldBeEmpty();

        var store = AwsRegistration.NewStore(options, new AwsAccess(options.Aws), TimeProvider.System);
        using var closing = store as IDisposable;
        await store.CreateAsync(SampleJobs.Make(1, JobState.Finished).Accepted(), null, None);
        var now = DateTimeOffset.UtcNow;
        var silent = new Node { Id = "silent", Host = "h", StartedAt = now, LastReportAt = now.AddSeconds(-options.Nommerd.LeaseSeconds - 1) };
        (await store.TryPutNodeAsync(silent, 0, None)).ShouldBeTrue();
        (await account.WorkInProgressAsync(None)).ShouldBeEmpty();

        await store.CreateAsync(SampleJobs.Make(2).Accepted(), null, None);
        (await account.WorkInProgressAsync(None)).ShouldBe(["1 job is unfinished"]);

        var started = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        (await store.TryPutNodeAsync(silent with { Id = "busy", StartedAt = started, LastReportAt = now.AddMinutes(1) }, 0, None)).ShouldBeTrue();
        (await account.WorkInProgressAsync(None)).ShouldBe(["1 job is unfinished", "the worker busy reports since 2026-03-01T12:00:00.000Z"]);
    }

    private static string Find(XElement answer, string element) =>
        answer.Descendants().First(one => one.Name.LocalName == element).Value;

    // What it is does not matter here.
    private async Task PublishAsync()
    {
        using var bucket = new ConfigBucket(options.Aws);
        await bucket.UploadAsync(ConfigBucket.ProgramKeyOf("linux-x64"), typeof(AwsAccountTests).Assembly.Location, None);
    }
}
