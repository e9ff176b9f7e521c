using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// The user data, run by bash below a folder of its own, with S3 on loopback. Programs that would change the machine of the
/// tests (apt-get, useradd, chown, runuser, systemctl, shutdown) are others that write down how they were called; sleep, too.
/// </summary>
public sealed class WorkerSetupTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-setup-").FullName;
    private readonly Dictionary<string, string> programs = new()
    {
        ["apt-get"] = "", ["useradd"] = "", ["chown"] = "", ["runuser"] = """shift 3; exec "$@" """, ["systemctl"] = "", ["shutdown"] = "", ["sleep"] = "",
    };

    private string Root => Path.Combine(folder, "root");

    private string Data => Path.Combine(Root, "var/lib/media-nommer");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_stock_machine_becomes_a_worker()
    {
        var options = await OptionsAsync();
        await PublishAsync(options, "echo it is the program of $HOME");

        var (exitCode, output) = await RunAsync(options);

        exitCode.ShouldBe(0, output);
        output.ShouldContain($"it is the program of {Data}");
        Calls("useradd").ShouldBe([$"--system --home-dir {Data} --shell /usr/sbin/nologin media-nommer"]);
        Calls("chown").ShouldBe([$"media-nommer: {Data}"]);
        Calls("runuser").ShouldBe([$"-u media-nommer -- env HOME={Data} {Root}/opt/media-nommer/nommer --version"]);
        Calls("systemctl").ShouldBe(["daemon-reload", "enable --now media-nommer.service"]);
        Calls("apt-get").ShouldBeEmpty("every package is there");
        Calls("shutdown").ShouldBeEmpty();
        var unit = await File.ReadAllTextAsync(Path.Combine(Root, "etc/systemd/system/media-nommer.service"));
        unit.ShouldContain($"ExecStart={Root}/opt/media-nommer/nommer nommerd -c s3://{options.ConfigS3Bucket}/nommer.json");
        unit.ShouldContain("SuccessAction=poweroff");
    }

    [Fact]
    public async Task Packages_are_tried_for_until_apt_is_free()
    {
        var options = await OptionsAsync();
        await PublishAsync(options, "true");
        // The first process of apt holds the lock of the lists, then a mirror is away.
        programs["apt-get"] = """case $(grep -c ^apt-get: "$CALLS") in 1|3) exit 100 ;; esac""";

        var (exitCode, output) = await RunAsync(options, withPackages: false);

        exitCode.ShouldBe(0, output);
        const string install = "-q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends ffmpeg python3 ca-certificates";
        Calls("apt-get").ShouldBe(["-q update", "-q update", install, "-q update", install]);
        Calls("sleep").ShouldBe(["15", "30"]);
        Calls("shutdown").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_machine_without_packages_shuts_down()
    {
        var options = await OptionsAsync();
        await PublishAsync(options, "true");
        programs["apt-get"] = "exit 100";

        var (exitCode, output) = await RunAsync(options, withPackages: false);

        exitCode.ShouldNotBe(0);
        output.ShouldContain("try 5 of 5");
        Calls("shutdown").ShouldContain("-h +2");
        Calls("systemctl").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_packed_for_its_owner_alone_is_readable_by_the_services_user()
    {
        var options = await OptionsAsync();
        await PublishAsync(options, "true", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        (await RunAsync(options)).ExitCode.ShouldBe(0);

        const UnixFileMode everybody = UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        foreach (var path in (string[])["opt/media-nommer", "opt/media-nommer/nommer"])
            (File.GetUnixFileMode(Path.Combine(Root, path)) & everybody).ShouldBe(everybody, path);
    }

    [Fact]
    public async Task Keys_are_readable_by_root_alone_and_only_where_no_profile_serves()
    {
        var options = await OptionsAsync();
        options.SecretAccessKey = "it's/a+secret\"";
        await PublishAsync(options, "true");

        (await RunAsync(options)).ExitCode.ShouldBe(0);

        var file = Path.Combine(Root, "etc/media-nommer/worker.env");
        (File.GetUnixFileMode(file) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)).ShouldBe(UnixFileMode.None);
        (await File.ReadAllLinesAsync(file)).ShouldContain("NOMMER__AWS__SECRETACCESSKEY=it's/a+secret\"");

        options.Ec2.InstanceProfile = "worker";
        WorkerSetup.Script(options, new AwsAccess(options)).ShouldNotContain("secret\"");
    }

    [Fact]
    public async Task A_program_that_is_not_in_the_bucket_is_named()
    {
        var options = await OptionsAsync();
        using (var bucket = new ConfigBucket(options))
            await bucket.CreateAsync(CancellationToken.None);

        var (exitCode, output) = await RunAsync(options, environment: ("NOMMER_SETUP_TRIES", "1"));

        exitCode.ShouldNotBe(0);
        output.ShouldContain($"s3://{options.ConfigS3Bucket}/nommer-linux-x64.tar.gz: HTTP Error 404");
        output.ShouldContain("setup failed");
        Calls("shutdown").ShouldContain("-h +2");
        Calls("systemctl").ShouldBeEmpty();
    }

    [Fact]
    public async Task It_fits_into_user_data()
    {
        var options = await OptionsAsync();

        // EC2 takes 16 KiB before it is encoded.
        WorkerSetup.Script(options, new AwsAccess(options)).Length.ShouldBeLessThan(14_000);
    }

    private static async Task<AwsOptions> OptionsAsync()
    {
        var options = await MotoServer.OptionsAsync();
        options.ConfigS3Bucket = $"config-{Guid.NewGuid():N}";
        return options;
    }

    private async Task PublishAsync(AwsOptions options, string program, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserExecute)
    {
        var build = Directory.CreateDirectory(Path.Combine(folder, "build")).FullName;
        await WriteProgramAsync(Path.Combine(build, "nommer"), program);
        File.SetUnixFileMode(Path.Combine(build, "nommer"), mode);
        File.SetUnixFileMode(build, mode);
        var archive = Path.Combine(folder, "nommer.tar.gz");
        await using (var zip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
            await TarFile.CreateFromDirectoryAsync(build, zip, includeBaseDirectory: false);
        using var bucket = new ConfigBucket(options);
        await bucket.CreateAsync(CancellationToken.None);
        await bucket.UploadAsync("nommer-linux-x64.tar.gz", archive, CancellationToken.None);
    }

    /// <summary>Runs the script.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="withPackages">Whether ffmpeg is there already.</param>
    /// <param name="environment">More variables.</param>
    private async Task<(int ExitCode, string Output)> RunAsync(
        AwsOptions options, bool withPackages = true, params (string Name, string Value)[] environment)
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        foreach (var (name, program) in programs)
            await WriteProgramAsync(Path.Combine(place, name), $"echo \"{name}: $*\" >>\"$CALLS\"\n{program}");
        // Of the machine's own programs those that the script may use, and ffmpeg only where it is said to be there.
        string[] used = ["bash", "env", "cat", "chmod", "dirname", "grep", "gzip", "id", "mkdir", "mktemp", "python3", "rm", "sh", "tar", "uname"];
        foreach (var name in used)
            File.CreateSymbolicLink(Path.Combine(place, name), File.Exists($"/usr/bin/{name}") ? $"/usr/bin/{name}" : $"/bin/{name}");
        foreach (var name in withPackages ? (string[])["ffmpeg", "ffprobe"] : [])
            await WriteProgramAsync(Path.Combine(place, name), "");

        var script = Path.Combine(folder, "user-data");
        await File.WriteAllTextAsync(script, WorkerSetup.Script(options, new AwsAccess(options)));
        var start = new ProcessStartInfo("bash", [script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NOMMER_SETUP_ROOT"] = Root;
        start.Environment["PATH"] = place;
        start.Environment["CALLS"] = CallsFile;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, string.Concat(output));
    }

    private string CallsFile => Path.Combine(folder, "calls");

    private IEnumerable<string> Calls(string program) => !File.Exists(CallsFile) ? []
        : File.ReadLines(CallsFile).Where(call => call.StartsWith($"{program}: ", StringComparison.Ordinal)).Select(call => call[(program.Length + 2)..]);

    private static async Task WriteProgramAsync(string path, string script)
    {
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
