using System.Text;
using System.Text.Json.Nodes;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Settings;

public sealed class SettingsWriterTests
{
    [Fact]
    public void Defaults_are_not_written() => Text(new NommerOptions()).ShouldBe("{}");

    [Fact]
    public void What_is_written_is_read_back_with_the_same_meaning()
    {
        var options = new NommerOptions { Backend = "Aws" };
        options.Aws.Region = "eu-central-1";
        options.Aws.Ec2.InstanceType = ["c7a.xlarge", "c6a.xlarge"];
        options.Aws.Ec2.SecurityGroups = [];
        options.Jobs.Verify = false;
        options.Nommerd.HeartbeatInterval = 7.5;
        options.Nommerd.MinFreeDiskBytes = 1L << 40;
        options.Presets["own"] = new PresetOptions { Options = [new() { OutfileOptions = ["c:v=libx264", "an"], MoveAtomToFront = true }] };

        var again = Read(SettingsWriter.Write(options, withSecrets: false));

        again.Aws.Ec2.InstanceType.ShouldBe(["c7a.xlarge", "c6a.xlarge"]);
        again.Aws.Ec2.SecurityGroups.ShouldBeEmpty();
        again.Nommerd.MinFreeDiskBytes.ShouldBe(1L << 40);
        again.Presets["own"].Options.Single().OutfileOptions.ShouldBe(["c:v=libx264", "an"]);
        Text(again).ShouldBe(Text(options));
    }

    [Fact]
    public void What_describes_one_machine_stays_there()
    {
        var options = new NommerOptions { DataDir = "/srv/own" };
        options.Feederd.Host = "127.0.0.2";
        options.Feederd.Port = 9;
        options.Ffmpeg.FfmpegPath = "/opt/ffmpeg";
        options.Nommerd.WorkDir = "/scratch";

        Text(options).ShouldBe("{}");
    }

    [Fact]
    public void Machines_let_jobs_reach_no_more_than_the_feederd_whose_address_and_keys_they_do_not_know()
    {
        var options = new NommerOptions();
        options.Feederd.Host = "0.0.0.0";
        options.Feederd.ApiKeys = ["hidden"];

        var there = SettingsLoader.Load("s3", SettingsWriter.Write(options, withSecrets: false), [], new System.Collections.Hashtable());

        Text(options).ShouldNotContain("hidden");
        there.Storage.PrivateNetworks.ShouldBe(["none"]);
    }

    [Fact]
    public void Secrets_are_written_only_when_that_is_asked_for()
    {
        var options = new NommerOptions();
        options.Aws.SessionToken = "hidden-1";
        options.Aws.AccessKeyId = "hidden-2";
        options.Aws.SecretAccessKey = "hidden-3";
        options.Aws.Profiles["partner"] = new AwsProfileOptions { AccessKeyId = "hidden-4", SecretAccessKey = "hidden-5" };

        Text(options).ShouldBe("{}");

        var all = Encoding.UTF8.GetString(SettingsWriter.Write(options, withSecrets: true));
        for (var i = 1; i <= 5; i++)
            all.ShouldContain($"hidden-{i}");
        Read(Encoding.UTF8.GetBytes(all)).Aws.Profiles["partner"].SecretAccessKey.ShouldBe("hidden-5");
    }

    [Fact]
    public void Machines_never_get_feederds_own_power()
    {
        var options = new NommerOptions();
        options.Feederd.ApiKeys = ["hidden-1"];
        options.Aws.AccessKeyId = "hidden-2";
        options.Aws.SecretAccessKey = "hidden-3";
        options.Aws.SessionToken = "hidden-4";
        options.Aws.Ec2.InstanceProfile = "workers";
        options.Aws.Profiles["partner"] = new AwsProfileOptions { AccessKeyId = "partner's", SecretAccessKey = "own" };

        var all = Encoding.UTF8.GetString(SettingsWriter.Write(options, withSecrets: true));

        all.ShouldNotContain("hidden");
        Read(Encoding.UTF8.GetBytes(all)).Aws.Profiles["partner"].AccessKeyId.ShouldBe("partner's");
    }

    [Theory]
    [InlineData("{}", 120, 15, 12)]
    [InlineData("""{"Nommerd":{"MaxInactivity":600},"Scaling":{"MaxNumEc2Instances":3}}""", 600, 0, 3)]
    [InlineData("""{"Nommerd":{"SurplusInactivity":0}}""", 120, 0, 12)]
    public void What_was_given_is_not_taken_for_a_default_that_the_policy_replaces(string given, double idle, double surplus, int max)
    {
        var merged = JsonNode.Parse(given)!.AsObject();
        merged["Backend"] = "Aws";
        (merged["Scaling"] ??= new JsonObject())["Policy"] = "Backlog";
        var options = Read(Encoding.UTF8.GetBytes(merged.ToJsonString()));

        var again = Read(SettingsWriter.Write(options, withSecrets: false));

        (again.Nommerd.MaxInactivity, again.Nommerd.SurplusInactivity, again.Scaling.MaxNumEc2Instances).ShouldBe((idle, surplus, max));
    }

    private static string Text(NommerOptions options) =>
        Encoding.UTF8.GetString(SettingsWriter.Write(options, withSecrets: false));

    private static NommerOptions Read(byte[] content) =>
        SettingsLoader.Load("test", content, [], new Dictionary<string, string>());
}
