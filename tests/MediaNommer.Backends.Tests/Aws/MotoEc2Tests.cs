using System.Text;
using System.Xml.Linq;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>The client and the fleet over EC2's wire protocol, against moto.</summary>
public sealed class MotoEc2Tests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-moto-");
    private readonly string system = $"test-{Guid.NewGuid():N}";
    private readonly NommerOptions options = new();
    private Ec2Client client = null!;
    private Ec2Fleet fleet = null!;

    public async Task InitializeAsync()
    {
        options.DataDir = folder.FullName;
        options.Queues.SqsNewJobQueueName = system;
        options.Aws = await MotoServer.OptionsAsync();
        options.Aws.Ec2.AmiId = "ami-12c6146b";
        options.Aws.Ec2.SecurityGroups = [system];
        options.Aws.ConfigS3Bucket = system;
        using (var bucket = new ConfigBucket(options.Aws))
        {
            await bucket.UploadSettingsAsync(options, None);
            await bucket.UploadAsync("nommer-linux-x64.tar.gz", typeof(MotoEc2Tests).Assembly.Location, None);
        }

        var access = new AwsAccess(options.Aws);
        client = Ec2Registration.NewClient(options, access, TimeProvider.System);
        fleet = Ec2Registration.NewFleet(options, access, TimeProvider.System, NullLogger<Ec2Fleet>.Instance);
        await client.CallAsync(
            Ec2Client.Form("CreateSecurityGroup", []).With("GroupName", system).With("GroupDescription", "test"), None);
    }

    public Task DisposeAsync()
    {
        client.Dispose();
        fleet.Dispose();
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Launches_lists_and_ends_machines_of_its_own()
    {
        options.Queues.SqsNewJobQueueName = system + "-other";
        using var other = Ec2Registration.NewFleet(
            new NommerOptions { DataDir = Path.Combine(folder.FullName, "other"), Queues = options.Queues, Aws = options.Aws },
            new AwsAccess(options.Aws), TimeProvider.System, NullLogger<Ec2Fleet>.Instance);
        await other.LaunchAsync(1, None);

        var launched = await fleet.LaunchAsync(3, None);

        launched.Count.ShouldBe(3);
        (await fleet.ListAsync(None)).Select(member => member.Id).ShouldBe(launched.Select(member => member.Id), ignoreOrder: true);
        await fleet.TerminateAsync([launched[0].Id, "i-0123456789abcdef0", launched[1].Id], None);
        var left = (await fleet.ListAsync(None)).ShouldHaveSingleItem();
        (left.Id, left.MachineType, left.IsSpot).ShouldBe((launched[2].Id, "c7a.large", false));
        left.Zone.ShouldNotBeNull().ShouldStartWith("us-east-1");
        (DateTimeOffset.UtcNow - left.LaunchedAt).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_machine_is_tagged_encrypted_and_guards_its_metadata()
    {
        options.Aws.Ec2.Tags = ["team=video", "Name=worker of = ours"];
        options.Aws.Ec2.VolumeGib = 42;
        var id = (await fleet.LaunchAsync(1, None)).Single().Id;

        var instance = await DescribeAsync(id);

        instance.Descendants().Single(element => element.Name.LocalName == "httpTokens").Value.ShouldBe("required");
        instance.Descendants().Single(element => element.Name.LocalName == "httpPutResponseHopLimit").Value.ShouldBe("1");
        TagsOf(instance).ShouldBe(
            new Dictionary<string, string> { ["media-nommer"] = system, ["team"] = "video", ["Name"] = "worker of = ours" },
            ignoreOrder: true);
        instance.Down("groupSet")!.Descendants().ShouldContain(element => element.Name.LocalName == "groupName" && element.Value == system);
        var disk = await client.CallAsync(
            Ec2Client.Form("DescribeVolumes", [new("attachment.instance-id", id)]), None);
        var volume = disk.Descendants().Single(element => element.Name.LocalName == "volumeSet").All("item").Single();
        (volume.Child("size"), volume.Child("encrypted")).ShouldBe(("42", "true"));
        TagsOf(volume).ShouldContainKeyAndValue("media-nommer", system);
        (await AttributeAsync(id, "instanceInitiatedShutdownBehavior")).ShouldBe("terminate");
    }

    [Fact]
    public async Task Its_user_data_is_the_script_that_makes_it_a_worker()
    {
        var id = (await fleet.LaunchAsync(1, None)).Single().Id;

        var text = Encoding.UTF8.GetString(Convert.FromBase64String(await AttributeAsync(id, "userData")));

        text.ShouldBe(WorkerSetup.Script(options.Aws, new AwsAccess(options.Aws)));
        text.ShouldStartWith("#!/bin/bash\n");
        text.ShouldContain($"BUCKET='{options.Aws.ConfigS3Bucket}'");
    }

    [Fact]
    public async Task Buys_on_the_spot_market_when_told_so()
    {
        options.Aws.Ec2.Market = "Spot";
        await fleet.LaunchAsync(1, None);

        (await fleet.ListAsync(None)).ShouldHaveSingleItem().IsSpot.ShouldBeTrue();
    }

    [Fact]
    public async Task In_a_subnet_groups_are_found_by_their_names()
    {
        var vpc = Find(await client.CallAsync(Ec2Client.Form("CreateVpc", []).With("CidrBlock", "10.9.0.0/16"), None), "vpcId");
        var subnet = Find(
            await client.CallAsync(Ec2Client.Form("CreateSubnet", []).With("VpcId", vpc).With("CidrBlock", "10.9.1.0/24"), None), "subnetId");
        options.Aws.Ec2.Subnets = [subnet];
        (await Should.ThrowAsync<Core.Fleet.FleetException>(() => fleet.LaunchAsync(1, None))).Message
            .ShouldContain($"no security group named '{system}'");
        var group = Find(
            await client.CallAsync(
                Ec2Client.Form("CreateSecurityGroup", []).With("GroupName", system).With("GroupDescription", "x").With("VpcId", vpc), None),
            "groupId");

        var id = (await fleet.LaunchAsync(1, None)).Single().Id;

        var instance = await DescribeAsync(id);
        instance.Child("subnetId").ShouldBe(subnet);
        instance.Down("groupSet")!.Descendants().ShouldContain(element => element.Name.LocalName == "groupId" && element.Value == group);
    }

    [Fact]
    public async Task Reads_every_page_of_a_long_list()
    {
        await fleet.LaunchAsync(12, None);

        var all = await client.DescribeInstancesAsync([new("tag:media-nommer", system)], None, pageSize: 5);

        all.Select(instance => instance.Id).Distinct().Count().ShouldBe(12);
    }

    [Fact]
    public async Task Names_an_image_and_a_subnet_that_are_not_there()
    {
        options.Aws.Ec2.Subnets = ["subnet-0123456789abcdef0"];
        var subnet = await Should.ThrowAsync<Core.Fleet.FleetException>(() => fleet.LaunchAsync(1, None));
        options.Aws.Ec2.AmiId = "ami-0000000000000000f";
        var image = await Should.ThrowAsync<Core.Fleet.FleetException>(() => fleet.LaunchAsync(1, None));

        subnet.Message.ShouldContain("Aws:Ec2:Subnets");
        image.Message.ShouldContain("Aws:Ec2:AmiId");
    }

    private async Task<XElement> DescribeAsync(string id)
    {
        var answer = await client.CallAsync(Ec2Client.Form("DescribeInstances", []).With("InstanceId.1", id), None);
        return answer.Descendants().Single(element => element.Name.LocalName == "instancesSet").All("item").Single();
    }

    private async Task<string> AttributeAsync(string id, string name)
    {
        var answer = await client.CallAsync(
            Ec2Client.Form("DescribeInstanceAttribute", []).With("InstanceId", id).With("Attribute", name), None);
        return answer.Down(name)!.Child("value")!;
    }

    private static Dictionary<string, string> TagsOf(XElement resource) =>
        resource.Down("tagSet")!.All("item").ToDictionary(tag => tag.Child("key")!, tag => tag.Child("value")!);

    private static string Find(XElement answer, string name) => answer.Descendants().First(element => element.Name.LocalName == name).Value;
}
