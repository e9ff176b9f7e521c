using System.Text.Json;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Wire;
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

    // What it is does not matter here.
    private async Task PublishAsync()
    {
        using var bucket = new ConfigBucket(options.Aws);
        await bucket.UploadAsync(ConfigBucket.ProgramKeyOf("linux-x64"), typeof(AwsAccountTests).Assembly.Location, None);
    }
}
