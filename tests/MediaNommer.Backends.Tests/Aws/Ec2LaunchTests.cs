using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using MediaNommer.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>The fleet against refusals, lost answers and lagging lists, which only a double can give.</summary>
public sealed partial class Ec2LaunchTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-ec2-");
    private readonly FakeClock clock = new(DateTimeOffset.UtcNow);
    private readonly NommerOptions options = new();
    private Ec2Double ec2 = null!;

    private string JournalPath => Path.Combine(folder.FullName, "ec2-launches.json");

    public async Task InitializeAsync()
    {
        ec2 = await Ec2Double.StartAsync();
        options.DataDir = folder.FullName;
        options.Aws = new()
        {
            AccessKeyId = Ec2Double.KeyId, SecretAccessKey = Ec2Double.Secret, Region = "us-east-1", EndpointUrl = ec2.Url,
        };
    }

    public async Task DisposeAsync()
    {
        await ec2.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Takes_the_next_type_and_at_last_machines_on_demand_when_there_is_no_other()
    {
        options.Aws.Ec2.Market = "Spot";
        options.Aws.Ec2.InstanceType = ["c7a.large", "c6a.large"];
        ec2.Refuse = call => call["Action"] == "RunInstances" && call.ContainsKey("InstanceMarketOptions.MarketType")
            ? (500, "InsufficientInstanceCapacity", "We currently do not have sufficient capacity.")
            : null;

        var member = (await NewFleet().LaunchAsync(1, None)).ShouldHaveSingleItem();

        (member.MachineType, member.IsSpot).ShouldBe(("c7a.large", false));
        ec2.CallsOf("RunInstances").Select(call => (call["InstanceType"], call.ContainsKey("InstanceMarketOptions.MarketType")))
            .ShouldBe([("c7a.large", true), ("c6a.large", true), ("c7a.large", false)]);
    }

    [Fact]
    public async Task A_spot_quota_is_not_asked_about_for_every_type()
    {
        options.Aws.Ec2.Market = "Spot";
        options.Aws.Ec2.InstanceType = ["c7a.large", "c6a.large"];
        ec2.Refuse = call => call.ContainsKey("InstanceMarketOptions.MarketType")
            ? (400, "MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
            : null;

        (await NewFleet().LaunchAsync(1, None)).ShouldHaveSingleItem().IsSpot.ShouldBeFalse();

        ec2.CallsOf("RunInstances").Count().ShouldBe(2);
    }

    [Fact]
    public async Task Takes_what_a_subnet_has_and_the_rest_from_the_next()
    {
        options.Aws.Ec2.Subnets = ["subnet-a", "subnet-b"];
        var left = 1;
        ec2.Refuse = call => call["Action"] == "RunInstances" && call["SubnetId"] == "subnet-a" && --left < 0
            ? (500, "InsufficientInstanceCapacity", "None left.")
            : null;
        ec2.Capacity = 1;

        (await NewFleet().LaunchAsync(4, None)).Count.ShouldBe(4);

        ec2.Machines.Values.GroupBy(machine => machine.Launch["SubnetId"]).ToDictionary(group => group.Key, group => group.Count())
            .ShouldBe(new Dictionary<string, int> { ["subnet-a"] = 1, ["subnet-b"] = 3 }, ignoreOrder: true);
        ec2.Machines.Values.ShouldAllBe(machine => machine.Launch["SecurityGroupId.1"] == "sg-1");
    }

    [Fact]
    public async Task Spreads_machines_over_the_subnets()
    {
        options.Aws.Ec2.Subnets = ["subnet-a", "subnet-b", "subnet-c"];
        var fleet = NewFleet();

        await fleet.LaunchAsync(4, None);
        await fleet.LaunchAsync(1, None);
        await fleet.LaunchAsync(1, None);

        ec2.Machines.Values.GroupBy(machine => machine.Launch["SubnetId"]).Select(group => group.Count()).ShouldBe([2, 2, 2]);
    }

    [Theory]
    [InlineData("VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 32 allows.", "Scaling:MaxNumEc2Instances")]
    [InlineData("InstanceLimitExceeded", "Your quota allows for 0 more running instance(s).", "Service Quotas")]
    [InlineData("UnauthorizedOperation", "You are not authorized to perform this operation. Encoded authorization failure message: aBc123", "nommer aws setup")]
    [InlineData("InvalidAMIID.NotFound", "The image id '[ami-2]' does not exist", "Aws:Ec2:AmiId")]
    [InlineData("InvalidKeyPair.NotFound", "The key pair 'x' does not exist", "Aws:Ec2:KeyName")]
    [InlineData("InvalidGroup.NotFound", "The security group 'x' does not exist", "Aws:Ec2:SecurityGroups")]
    [InlineData("InvalidSubnetID.NotFound", "The subnet ID 'x' does not exist", "Aws:Ec2:Subnets")]
    [InlineData("InvalidParameterValue", "Value (x) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name", "Aws:Ec2:InstanceProfile")]
    [InlineData("InvalidParameterValue", "Invalid value 'c9.large' for InstanceType.", "Aws:Ec2:InstanceType")]
    [InlineData("InvalidParameterValue", "The architecture 'arm64' of the specified instance type does not match", "Aws:Ec2:AmiId")]
    [InlineData("VPCIdNotSpecified", "No default VPC for this user", "Aws:Ec2:Subnets")]
    [InlineData("InsufficientInstanceCapacity", "None left.", "Aws:Ec2:InstanceType")]
    [InlineData("SomethingNew", "Whatever.", "Aws:Ec2")]
    public async Task A_refusal_becomes_one_sentence_with_the_remedy(string code, string message, string remedy)
    {
        ec2.Refuse = call => call["Action"] == "RunInstances" ? (400, code, message) : null;

        var refusal = await Should.ThrowAsync<FleetException>(() => NewFleet().LaunchAsync(2, None));

        refusal.Message.ShouldContain(remedy);
        refusal.Message.ShouldContain(message.Split(" Encoded")[0].TrimEnd('.'));
        refusal.Message.ShouldNotContain("Encoded");
        refusal.Message.ShouldEndWith(").");
        ec2.CallsOf("RunInstances").Count().ShouldBe(1, "what does not pass is not tried again");
        File.ReadAllText(JournalPath).ShouldBe("[]");
    }

    [Fact]
    public async Task A_fleet_that_may_not_be_listed_says_why()
    {
        ec2.Refuse = _ => (403, "UnauthorizedOperation", "You are not authorized to perform: ec2:DescribeInstances");

        (await Should.ThrowAsync<FleetException>(() => NewFleet().ListAsync(None))).Message.ShouldContain("ec2:DescribeInstances");
    }

    [Fact]
    public async Task Throttled_calls_are_made_again()
    {
        var refusals = 2;
        ec2.Refuse = call => call["Action"] == "RunInstances" && refusals-- > 0
            ? (503, "RequestLimitExceeded", "Request limit exceeded.")
            : null;
        var launch = NewFleet().LaunchAsync(1, None);

        await Soon.BeAsync(() => launch.IsCompleted, "the launch ends", () => clock.Advance(TimeSpan.FromSeconds(1)));

        (await launch).ShouldHaveSingleItem();
        ec2.CallsOf("RunInstances").Select(call => call["ClientToken"]).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_is_launched_that_would_have_no_permissions()
    {
        options.Aws.Ec2.InstanceProfile = "";
        var access = new AwsAccess(options.Aws);
        _ = access.Credentials;
        var fleet = Ec2Registration.NewFleet(options, access, clock, NullLogger<Ec2Fleet>.Instance);
        options.Aws.AccessKeyId = "";

        (await Should.ThrowAsync<FleetException>(() => fleet.LaunchAsync(1, None))).Message.ShouldContain("Aws:Ec2:InstanceProfile");
        (await Should.ThrowAsync<FleetException>(() => fleet.RehearseAsync(None))).Message.ShouldContain("Aws:Ec2:InstanceProfile");

        options.Aws.Ec2.InstanceProfile = "workers";
        (await fleet.LaunchAsync(1, None)).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("c7a.large", "nommer-linux-x64.tar.gz", "nommer aws publish --runtime linux-x64")]
    [InlineData("c7g.large", "nommer-linux-arm64.tar.gz", "nommer aws publish --runtime linux-arm64")]
    [InlineData("c7a.large", "nommer.json", "feederd")]
    public async Task Nothing_is_launched_that_would_not_find_the_program_for_its_processors_or_the_settings(
        string type, string missing, string remedy)
    {
        ec2.Images.Add(("ami-4", "debian-12-arm64-20260301-1", "2026-03-01T00:00:00.000Z"));
        options.Aws.Ec2.InstanceType = [type];
        ec2.Published.Remove(missing);
        var fleet = NewFleet();

        var refusal = (await Should.ThrowAsync<FleetException>(() => fleet.LaunchAsync(1, None))).Message;

        refusal.ShouldContain($"s3://nommer-config/{missing} is not there");
        refusal.ShouldContain(remedy);
        ec2.Machines.ShouldBeEmpty();
        ec2.Published.Add(missing);
        (await fleet.LaunchAsync(1, None)).ShouldHaveSingleItem();
        var looks = ec2.Looks;
        await fleet.LaunchAsync(1, None);
        ec2.Looks.ShouldBe(looks, "a yes is remembered");
        clock.Advance(TimeSpan.FromMinutes(6));
        await fleet.LaunchAsync(1, None);
        ec2.Looks.ShouldBe(looks + 2);
    }

    [Fact]
    public async Task A_type_for_which_no_program_is_published_is_passed_over()
    {
        ec2.Images.Add(("ami-4", "debian-12-arm64-20260301-1", "2026-03-01T00:00:00.000Z"));
        options.Aws.Ec2.InstanceType = ["c7g.large", "c7a.large"];
        ec2.Published.Remove("nommer-linux-arm64.tar.gz");

        (await NewFleet().LaunchAsync(1, None)).ShouldHaveSingleItem().MachineType.ShouldBe("c7a.large");
    }

    [Fact]
    public async Task A_launch_whose_machines_have_ended_meanwhile_is_forgotten()
    {
        ec2.LosesAnswer = call => call["Action"] == "RunInstances";
        await DieAsync(launching: 1, () => ec2.Machines.Count == 1);
        ec2.LosesAnswer = _ => false;
        await NewFleet().TerminateAsync([.. ec2.Machines.Keys], None);

        clock.Advance(TimeSpan.FromMinutes(2));
        (await NewFleet().ListAsync(None)).ShouldBeEmpty();

        File.ReadAllText(JournalPath).ShouldBe("[]");
    }

    [Fact]
    public async Task Machines_that_are_not_listed_yet_count_for_five_minutes_even_for_the_next_feederd()
    {
        ec2.IsListing = false;
        var launched = await NewFleet().LaunchAsync(2, None);

        var next = NewFleet();
        (await next.ListAsync(None)).Select(member => member.Id).ShouldBe(launched.Select(member => member.Id));
        ec2.IsListing = true;
        clock.Advance(TimeSpan.FromMinutes(1));
        (await next.ListAsync(None)).Count.ShouldBe(2);
        File.ReadAllText(JournalPath).ShouldBe("[]");

        ec2.IsListing = false;
        await next.LaunchAsync(1, None);
        (await next.ListAsync(None)).Count.ShouldBe(1);
        clock.Advance(TimeSpan.FromMinutes(6));
        (await next.ListAsync(None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_machine_that_was_ended_counts_no_more_though_it_was_never_listed()
    {
        ec2.IsListing = false;
        var fleet = NewFleet();
        var launched = await fleet.LaunchAsync(2, None);

        await fleet.TerminateAsync([launched[0].Id], None);

        (await fleet.ListAsync(None)).ShouldHaveSingleItem().Id.ShouldBe(launched[1].Id);
    }

    [Fact]
    public async Task Unknown_ids_do_not_keep_the_others_alive()
    {
        var fleet = NewFleet();
        var launched = await fleet.LaunchAsync(2, None);

        await fleet.TerminateAsync(["i-unknown", launched[0].Id, launched[1].Id], None);

        ec2.Machines.Values.ShouldAllBe(machine => machine.State == "terminated");
    }

    [Fact]
    public async Task Tells_why_a_machine_ended()
    {
        ec2.EndedBy = ("Client.VolumeLimitExceeded", "Volume limit exceeded");
        var fleet = NewFleet();
        var member = (await fleet.LaunchAsync(1, None)).Single();
        (await fleet.ListAsync(None)).Count.ShouldBe(1);
        fleet.WhyEnded(member.Id).ShouldBeNull();

        await fleet.TerminateAsync([member.Id], None);
        (await fleet.ListAsync(None)).ShouldBeEmpty();

        fleet.WhyEnded(member.Id).ShouldBe("EC2 says: Volume limit exceeded");
    }

    [Fact]
    public async Task Takes_the_newest_Debian_for_the_processors_of_the_type()
    {
        ec2.Images.AddRange(
        [
            ("ami-3", "debian-12-amd64-20260301-1", "2026-03-01T00:00:00.000Z"),
            ("ami-2", "debian-12-amd64-20260101-1", "2026-01-01T00:00:00.000Z"),
            ("ami-4", "debian-12-arm64-20260301-1", "2026-03-01T00:00:00.000Z"),
        ]);
        await NewFleet().LaunchAsync(1, None);
        options.Aws.Ec2.InstanceType = ["c7g.large"];
        await NewFleet().LaunchAsync(1, None);

        ec2.CallsOf("RunInstances").Select(call => call["ImageId"]).ShouldBe(["ami-3", "ami-4"]);
        ec2.CallsOf("DescribeImages").ShouldAllBe(call => call["Owner.1"] == "136693071363");
    }

    [Fact]
    public async Task Whoever_looks_and_however_often_EC2_is_asked_once_in_two_seconds()
    {
        var fleet = NewFleet();
        for (var i = 0; i < 20; i++)
        {
            await fleet.ListAsync(None);
            clock.Advance(TimeSpan.FromMilliseconds(200));
        }

        ec2.CallsOf("DescribeInstances").Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_stops_launches_and_says_what_to_do()
    {
        await File.WriteAllTextAsync(JournalPath, "[{\"Tok");

        (await Should.ThrowAsync<FleetException>(() => NewFleet().LaunchAsync(1, None))).Message.ShouldContain(JournalPath);

        ec2.Machines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("c7a.large", "amd64")]
    [InlineData("c7g.large", "arm64")]
    [InlineData("m6gd.2xlarge", "arm64")]
    [InlineData("im4gn.large", "arm64")]
    [InlineData("a1.large", "arm64")]
    [InlineData("g4dn.xlarge", "amd64")]
    [InlineData("g5g.xlarge", "arm64")]
    [InlineData("u-6tb1.metal", "amd64")]
    public void Knows_which_types_are_Gravitons(string type, string architecture) =>
        Ec2Surroundings.ArchitectureOf(type).ShouldBe(architecture);

    private Ec2Fleet NewFleet() =>
        Ec2Registration.NewFleet(options, new AwsAccess(options.Aws), clock, NullLogger<Ec2Fleet>.Instance);
}
