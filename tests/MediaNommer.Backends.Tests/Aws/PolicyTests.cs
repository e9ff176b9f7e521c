using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Aws.SimpleDbServer;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>What <c>nommer aws setup</c> prints is enough, and what is missing is named: policies enforced in front of moto.</summary>
public sealed class PolicyTests : IAsyncLifetime
{
    private readonly string name = $"policy{Guid.NewGuid():N}";
    private NommerOptions options = null!;
    private PolicedAws aws = null!;
    private SimpleDbDouble sdb = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        options = new NommerOptions { Backend = "Aws", Aws = await MotoServer.OptionsAsync() };
        aws = await PolicedAws.StartAsync(options.Aws.EndpointUrl);
        sdb = await SimpleDbDouble.StartAsync(new() { Keys = new(options.Aws.AccessKeyId, options.Aws.SecretAccessKey) });
        aws.Servers["sdb"] = sdb.Url;
        options.Aws.EndpointUrl = aws.Address;
        options.Queues.SqsNewJobQueueName = name;
        options.Queues.SqsJobStateChangeQueueName = name + "_jstate";
        options.Aws.DynamoDb.TableName = name;
        options.Aws.ConfigS3Bucket = name;
        // One of those that moto brings along.
        options.Aws.Ec2.AmiId = "ami-12c6146b";
        options.Aws.Ec2.SecurityGroups = [name];
        options.DataDir = Directory.CreateTempSubdirectory("nommer-policy-").FullName;
    }

    public async Task DisposeAsync()
    {
        await aws.DisposeAsync();
        await sdb.DisposeAsync();
        Directory.Delete(options.DataDir, recursive: true);
    }

    [Theory]
    [InlineData("DynamoDb")]
    [InlineData("SimpleDb")]
    public async Task With_the_printed_policy_the_doctor_finds_nothing_missing(string store)
    {
        options.Aws.StateStore = store;
        using var account = new AwsAccount(options);
        await ApplyAsync(account, policies => policies.Feederd);
        using var fleet = NewFleet();
        await fleet.LaunchAsync(1, None);
        aws.Used.Clear();

        (await account.ExamineAsync([], None).ToListAsync()).Where(step => !step.Ok).ShouldBeEmpty();

        aws.Denied.ShouldBeEmpty();
        // What is tried is what the policy grants; but emptying queues cannot be tried, and the others need subnets.
        aws.Policy!.Actions.Except(aws.Used.Keys).Order(StringComparer.Ordinal)
            .ShouldBe(["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "sqs:PurgeQueue"]);
    }

    [Theory]
    [InlineData("sqs:ChangeMessageVisibility")]
    [InlineData("dynamodb:UpdateItem")]
    [InlineData("dynamodb:Scan")]
    [InlineData("dynamodb:UpdateTimeToLive")]
    [InlineData("s3:PutObject")]
    [InlineData("s3:DeleteObject")]
    [InlineData("ec2:RunInstances")]
    [InlineData("ec2:CreateTags")]
    [InlineData("ec2:TerminateInstances")]
    public async Task The_permission_that_is_missing_is_named(string permission)
    {
        using var account = new AwsAccount(options);
        await ApplyAsync(account, policies => policies.Feederd.Replace($"\"{permission}\"", "\"none:None\"", StringComparison.Ordinal));
        using var fleet = NewFleet();
        if (permission == "ec2:TerminateInstances")
            await fleet.LaunchAsync(1, None);

        var step = (await account.ExamineAsync([], None).ToListAsync()).Where(step => !step.Ok).ShouldHaveSingleItem();

        step.Remedy.ShouldBe($"Missing permission: {permission}. 'nommer aws setup' prints the whole policy.");
    }

    [Fact]
    public async Task Every_missing_permission_of_a_kind_is_named_at_once()
    {
        using var account = new AwsAccount(options);
        await ApplyAsync(account, policies => policies.Worker);

        var step = (await account.ExamineAsync([], None).ToListAsync()).Single(step => step.Name == "use states");

        step.Remedy.ShouldNotBeNull().ShouldContain(
            "dynamodb:CreateTable, dynamodb:UpdateTimeToLive, dynamodb:Scan, dynamodb:BatchWriteItem.");
    }

    [Fact]
    public async Task Media_that_only_workers_may_use_are_nothing_to_worry_about()
    {
        options.Aws.Ec2.InstanceProfile = "workers";
        using var media = await TestBucket.CreateAsync(options.Aws);
        using var account = new AwsAccount(options);
        await ApplyAsync(account, policies => policies.Feederd);
        (await MediaStepAsync()).Message.ShouldContain("Workers use it with the role of workers");

        options.Aws.Ec2.InstanceProfile = "";
        var step = await MediaStepAsync();

        step.Ok.ShouldBeFalse("machines have these keys");
        step.Remedy.ShouldNotBeNull().ShouldContain("s3:ListBucket");
        aws.Policy = new PolicyDocument((await account.PoliciesAsync([media.Name], None)).Feederd);
        (await MediaStepAsync()).Message.ShouldContain("written and read");

        async Task<AwsStep> MediaStepAsync() => (await account.ExamineAsync([media.Name], None).ToListAsync())
            .Single(step => step.Name == $"bucket {media.Name}" && (step.Ok || options.Aws.Ec2.InstanceProfile.Length == 0));
    }

    [Fact]
    public async Task Machines_are_launched_only_with_our_tag_and_spot_machines_with_their_role()
    {
        options.Aws.Ec2.Market = "Spot";
        using var account = new AwsAccount(options);
        await ApplyAsync(account, policies => policies.Feederd);

        aws.Policy!.Allows(new AskedPermission("ec2:RunInstances", "instance/x")).ShouldBeFalse();
        aws.Policy.Allows(new AskedPermission("ec2:RunInstances", "instance/x") { RequestTag = "another system" }).ShouldBeFalse();
        aws.Policy.Allows(new AskedPermission("ec2:RunInstances", "instance/x") { RequestTag = name }).ShouldBeTrue();
        aws.Policy.Actions.ShouldContain("iam:CreateServiceLinkedRole");
        using var fleet = NewFleet();
        var machine = (await fleet.LaunchAsync(1, None)).Single();
        await fleet.ListAsync(None);
        await fleet.TerminateAsync([machine.Id], None);
        aws.Denied.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_worker_learns_that_its_settings_are_not_published_yet()
    {
        using var account = new AwsAccount(options);
        await ApplyAsync(account, policies => policies.Worker, withSettings: false);
        aws.Policy!.Allows(new AskedPermission("s3:ListBucket", name)).ShouldBeTrue();
        using var bucket = new ConfigBucket(options.Aws);

        (await Should.ThrowAsync<Core.Jobs.BackendUnavailableException>(bucket.DownloadAsync("nommer.json", None)))
            .Message.ShouldContain("feederd puts the settings there");
    }

    // The administrator sets it up; from then on the policy counts.
    private async Task ApplyAsync(AwsAccount account, Func<AwsPolicies, string> choose, bool withSettings = true)
    {
        (await account.SetUpAsync(None).ToListAsync()).ShouldAllBe(step => step.Ok);
        using var bucket = new ConfigBucket(options.Aws);
        // What it is does not matter here.
        await bucket.UploadAsync(ConfigBucket.ProgramKeyOf("linux-x64"), typeof(PolicyTests).Assembly.Location, None);
        if (withSettings)
            await bucket.UploadSettingsAsync(options, None);
        aws.Policy = new PolicyDocument(choose(await account.PoliciesAsync([], None)));
    }

    private Ec2Fleet NewFleet() => Ec2Registration.NewFleet(
        options, new AwsAccess(options.Aws), TimeProvider.System, NullLogger<Ec2Fleet>.Instance);
}
