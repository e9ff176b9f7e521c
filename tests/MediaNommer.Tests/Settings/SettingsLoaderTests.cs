using System.Collections;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Settings;

public sealed class SettingsLoaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-settings").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Without_anything_the_defaults_hold()
    {
        var options = Load("{}");
        options.Backend.ShouldBe("Sqlite");
        options.Feederd.Port.ShouldBe(8001);
        options.Storage.StorageBackends.ShouldBe(["file", "http", "https", "ftp", "s3"]);
    }

    [Fact]
    public void The_command_line_is_over_the_environment_is_over_the_file()
    {
        var options = Load(
            """
            {
              // A comment, and commas behind the last entries.
              "feederd": { "Port": 1, "host": "localhost", "NotifyBackoff": 0.5, },
              "Jobs": { "Verify": false, "MaxAttempts": null },
            }
            """,
            environment: new() { ["NOMMER__FEEDERD__PORT"] = "2", ["NOMMER__JOBS__MAXATTEMPTS"] = "9", ["NOMMER_URL"] = "x" },
            overrides: new() { ["Feederd:Port"] = "3", ["Scaling:MaxNumEc2Instances"] = null });

        options.Feederd.Port.ShouldBe(3);
        options.Feederd.Host.ShouldBe("localhost");
        options.Feederd.NotifyBackoff.ShouldBe(0.5);
        options.Jobs.Verify.ShouldBeFalse();
        options.Jobs.MaxAttempts.ShouldBe(9);
        options.Scaling.MaxNumEc2Instances.ShouldBe(3);
    }

    [Theory]
    [InlineData("""{"Scaling":{"Policy":"Classic"},"Backend":"Aws"}""", 600, 0, 3)]
    [InlineData("""{"Scaling":{"Policy":"backlog"},"Backend":"Aws"}""", 120, 15, 12)]
    [InlineData("""{"Scaling":{"Policy":"Backlog"}}""", 120, 15, 3)] // more workers than that are too many for one machine
    [InlineData("""{"Scaling":{"Policy":"Backlog"},"Nommerd":{"SurplusInactivity":0}}""", 120, 0, 3)]
    [InlineData("""{"Scaling":{"Policy":"Backlog","MaxNumEc2Instances":3},"Nommerd":{"MaxInactivity":600},"Backend":"Aws"}""", 600, 0, 3)]
    public void Backlog_has_defaults_of_its_own_that_give_way_to_what_is_given(string json, double idle, double surplus, int max)
    {
        var options = Load(json);
        options.Nommerd.MaxInactivity.ShouldBe(idle);
        options.Nommerd.SurplusInactivity.ShouldBe(surplus);
        options.Scaling.MaxNumEc2Instances.ShouldBe(max);
    }

    [Theory]
    [InlineData("""{"Scaling":{"MaxSpendPerDay":5}}""", "Scaling:MaxSpendPerDay is 5, which Scaling:Policy Classic does not heed")]
    [InlineData("""{"Scaling":{"MaxSpendPerHour":5}}""", "Scaling:MaxSpendPerHour is 5, which Scaling:Policy Classic")]
    [InlineData("""{"Scaling":{"WarmInstances":1}}""", "Scaling:WarmInstances is 1, which Scaling:Policy Classic")]
    [InlineData("""{"Scaling":{"Policy":"Backlog","WarmInstances":4}}""", "Scaling:WarmInstances is 4, which must be at most Scaling:MaxNumEc2Instances (3)")]
    [InlineData(
        """{"Backend":"Aws","Scaling":{"Policy":"Backlog","MaxSpendPerDay":5},"Aws":{"Ec2":{"InstanceType":["c7a.large","x9.large"]}}}""",
        "Aws:Ec2:InstanceType holds 'x9.large', whose price is not known")]
    [InlineData("""{"Scaling":{"Policy":"Clever"}}""", "Scaling:Policy is 'Clever'")]
    [InlineData("""{"Scaling":{"Policy":"Backlog","TargetMinutes":0}}""", "Scaling:TargetMinutes is '0'")]
    public void What_the_scaler_would_not_heed_or_cannot_do_is_an_error(string json, string error) =>
        Should.Throw<SettingsException>(() => Load(json)).Errors.ShouldHaveSingleItem().ShouldStartWith(error);

    [Theory]
    [InlineData("NOMMER__FEEDERD__APIKEYS", "a, b,", "a|b")]
    [InlineData("NOMMER__FEEDERD__APIKEYS__0", "a,b", "a,b")]
    [InlineData("nommer__feederd__apikeys", "", "")]
    public void A_list_is_replaced_as_a_whole(string name, string value, string expected)
    {
        var options = Load("""{"Feederd":{"ApiKeys":["one","two","three"]}}""", new() { [name] = value });
        options.Feederd.ApiKeys.ShouldBe(expected.Split('|', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Entries_of_a_list_are_ordered_by_number() =>
        Load("{}", Enumerable.Range(0, 12).ToDictionary(i => $"NOMMER__FEEDERD__APIKEYS__{11 - i}", i => (string?)$"k{11 - i}"))
            .Feederd.ApiKeys.ShouldBe(Enumerable.Range(0, 12).Select(i => $"k{i}"));

    [Fact]
    public void Names_of_choices_may_be_written_in_any_case() =>
        Load("""{"Backend":"sqlite"}""").Backend.ShouldBe("Sqlite");

    [Theory]
    [InlineData("""{"Feederd":{"Prot":1}}""", "There is no setting Feederd:Prot (FILE). Did you mean 'Port'?")]
    [InlineData("""{"Feeder":{}}""", "There is no setting Feeder (FILE). Did you mean 'Feederd'?")]
    [InlineData("""{"JOB_OVERFLOW_THRESH":1}""", "There is no setting JOB_OVERFLOW_THRESH (FILE). Its name is Scaling:JobOverflowThresh today.")]
    [InlineData("""{"Feederd":{"Port":"eighty"}}""", "Feederd:Port is 'eighty' (FILE); allowed: a whole number from 0 to 65535.")]
    [InlineData("""{"Feederd":{"Port":1.5}}""", "Feederd:Port is '1.5' (FILE); allowed: a whole number from 0 to 65535.")]
    [InlineData("""{"Feederd":{"Port":70000}}""", "Feederd:Port is '70000'; allowed: a whole number from 0 to 65535.")]
    [InlineData("""{"Feederd":{"Port":[1]}}""", "Feederd:Port must be one value, not a section or a list (FILE).")]
    [InlineData("""{"Feederd":{"Port":""}}""", "Feederd:Port is '' (FILE); allowed: a whole number from 0 to 65535.")]
    [InlineData("""{"Feederd":7}""", "Feederd is a section and takes no value of its own (FILE); its keys are Host, Port")]
    [InlineData("""{"Feederd":[7]}""", "Feederd is a section and takes no value of its own (FILE)")]
    [InlineData("""{"Feederd":{"ApiKeys":{"a":"b"}}}""", "Feederd:ApiKeys must be a list; 'a' is no number of an entry (FILE).")]
    [InlineData("""{"Feederd":{"ApiKeys":[["hidden"]]}}""", "Feederd:ApiKeys:0 must be a text (FILE).")]
    [InlineData("""{"Feederd":{"ApiKeys":[""]}}""", "Feederd:ApiKeys holds an empty key")]
    [InlineData("""{"Backend":"Oracle"}""", "Backend is 'Oracle'; allowed: 'Sqlite'")]
    [InlineData("""{"Storage":{"StorageBackends":["file","S3"]}}""", "Storage:StorageBackends is 'S3'; allowed: schemes in lower case, such as s3")]
    [InlineData("""{"Jobs":{"Verify":"yes"}}""", "Jobs:Verify is 'yes' (FILE); allowed: true or false.")]
    [InlineData("""{"Jobs":{"RetryBackoff":"NaN"}}""", "Jobs:RetryBackoff is 'NaN' (FILE); allowed: a number from 0 to 900.")]
    [InlineData("""{"Jobs":{"RetryBackoff":-1}}""", "Jobs:RetryBackoff is '-1'; allowed: a number from 0 to 900.")]
    [InlineData("""{"Nommerd":{"MinFreeDiskBytes":-1}}""", "Nommerd:MinFreeDiskBytes is '-1'; allowed: a whole number from 0 up.")]
    [InlineData("""{"Queues":{"SqsNewJobQueueName":"a b"}}""", "Queues:SqsNewJobQueueName is 'a b'; allowed: 1 to 70 letters, digits")]
    [InlineData("""{"Queues":{"SqsJobStateChangeQueueName":"media_nommer_low"}}""", "is also the name of a queue of new jobs")]
    [InlineData("""{"Ffmpeg":{"FfmpegPath":" "}}""", "Ffmpeg:FfmpegPath is ' '; allowed: any text but an empty one.")]
    [InlineData("""{"Nommerd":{"HeartbeatInterval":30}}""",
        "raise Nommerd:LeaseSeconds above 60 or lower Nommerd:HeartbeatInterval below 22.5.")]
    [InlineData("""{"Feederd":{"Host":"0.0.0.0"}}""",
        "Feederd:Host is '0.0.0.0', which others can reach, and Feederd:ApiKeys is empty: anybody there could read and write every file")]
    [InlineData("""{"Feederd":{"Host":"*"}}""", "Feederd:Host is '*', which others can reach")]
    [InlineData("""{"Presets":{"x":{"Options":[{"OutfileOptions":["vf=movie=y"]}]}}}""", "Presets:x is wrong: Pass 1: the option 'vf' uses the filter 'movie'")]
    [InlineData("""{"Presets":{"x":{"Options":[]}}}""", "Presets:x is wrong: job_options.options holds 0 passes")]
    [InlineData("""{"Presets":{"a b":{"Options":[{}]}}}""", "Presets:a b is wrong: its name must be of letters")]
    [InlineData("""{"Presets":{"x":{"Extension":".mp4","Options":[{}]}}}""", "Presets:x is wrong: its Extension '.mp4'")]
    [InlineData("""{"Presets":{"x":{"Option":[{}],"Options":[{}]}}}""", "There is no setting Presets:x:Option (FILE). Did you mean 'Options'?")]
    [InlineData("""{"Presets":{"x":"y"}}""", "Presets:x is a section")]
    [InlineData("[]", "FILE must hold a JSON object")]
    [InlineData("{\"Feederd\":\n{\"Port\" 1}}", "FILE is not JSON (line 2, byte 9)")]
    [InlineData("""{"Port":1,"port":2}""", "is there twice")]
    [InlineData("""{"Backend":"Sqlite","Backend":"Sqlite"}""", "FILE is not JSON")]
    [InlineData("""{"Backend":"\ud800"}""", "FILE holds a text that is no valid Unicode")]
    [InlineData("""{"\ud800":1}""", "FILE holds a text that is no valid Unicode")]
    [InlineData("", "FILE is not JSON")]
    public void A_wrong_setting_is_named_with_what_is_allowed(string json, string message) =>
        Should.Throw<SettingsException>(() => Load(json)).Errors.ShouldContain(
            error => error.Contains(message.Replace("FILE", FilePath), StringComparison.Ordinal));

    [Fact]
    public void Every_error_is_told_at_once_with_its_source()
    {
        var errors = Should.Throw<SettingsException>(() => Load(
            """{"Feederd":{"Port":-1,"PruneJobsInterval":0}}""", new() { ["NOMMER__JOBS__VERIFY"] = "x" }, new() { ["Scalling:X"] = "1" })).Errors;

        errors.Count.ShouldBe(4);
        errors.ShouldContain(error => error.StartsWith("Feederd:Port is '-1'") && error.EndsWith($"({FilePath})"));
        errors.ShouldContain(error => error.StartsWith("Jobs:Verify is 'x' (environment)"));
        errors.ShouldContain(error => error.StartsWith("There is no setting Scalling (command line). Did you mean 'Scaling'?"));
    }

    [Fact]
    public void A_secret_value_is_not_repeated_in_an_error() =>
        Should.Throw<SettingsException>(() => Load("""{"Feederd":{"ApiKeys":["hush-hush",""]}}"""))
            .Message.ShouldNotContain("hush");

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("LOCALHOST")]
    [InlineData("127.8.9.1")]
    public void A_loopback_address_needs_no_key(string host) =>
        Load($$$"""{"Feederd":{"Host":"{{{host}}}"}}""").Feederd.Host.ShouldBe(host);

    [Fact]
    public void Another_address_is_fine_with_a_key() =>
        Load("""{"Feederd":{"Host":"0.0.0.0","ApiKeys":["k"]}}""").Feederd.ApiKeys.ShouldBe(["k"]);

    [Fact]
    public void A_named_file_must_be_there() =>
        Should.Throw<SettingsException>(() => SettingsLoader.Load(Path.Combine(folder, "no.json"), [], new Hashtable()))
            .Errors.ShouldHaveSingleItem().ShouldContain("There is no settings file");

    [Fact]
    public void A_file_in_the_data_folder_is_found()
    {
        File.WriteAllText(FilePath, """{"Feederd":{"Port":7}}""");
        SettingsLoader.Load(null, [new("DataDir", folder)], new Hashtable()).Feederd.Port.ShouldBe(7);
        SettingsLoader.Load(null, [], new Hashtable { ["NOMMER__DATADIR"] = folder }).Feederd.Port.ShouldBe(7);
    }

    [Fact]
    public void Folders_are_made_absolute_and_empty_ones_stay_empty()
    {
        var options = Load("""{"DataDir":"data/../x","Nommerd":{"WorkDir":"w"}}""");
        options.DataDir.ShouldBe(Path.Combine(Environment.CurrentDirectory, "x"));
        options.Nommerd.WorkDir.ShouldBe(Path.Combine(Environment.CurrentDirectory, "w"));
        options.Nommerd.PluginDir.ShouldBe("");
    }

    private string FilePath => Path.Combine(folder, SettingsLoader.DefaultFile);

    private NommerOptions Load(
        string json, Dictionary<string, string?>? environment = null, Dictionary<string, string?>? overrides = null)
    {
        File.WriteAllText(FilePath, json);
        return SettingsLoader.Load(FilePath, overrides ?? [], environment ?? []);
    }
}
