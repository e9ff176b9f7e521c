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

/// <summary>The user data, run by bash below a folder of its own, with S3 on loopback.</summary>
public sealed class WorkerSetupTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-setup-").FullName;

    private string Root => Path.Combine(folder, "root");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_stock_machine_becomes_a_worker()
    {
        var options = await OptionsAsync();
        await PublishAsync(options, "echo it is the program");

        var (exitCode, output) = await RunAsync(options);

        exitCode.ShouldBe(0, output);
        output.ShouldContain("it is the program");
        output.ShouldContain("systemctl enable --now media-nommer.service");
        var unit = await File.ReadAllTextAsync(Path.Combine(Root, "etc/systemd/system/media-nommer.service"));
        unit.ShouldContain($"ExecStart={Root}/opt/media-nommer/nommer nommerd -c s3://{options.ConfigS3Bucket}/nommer.json");
        unit.ShouldContain("SuccessAction=poweroff");
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

        var (exitCode, output) = await RunAsync(options, ("NOMMER_SETUP_TRIES", "1"));

        exitCode.ShouldNotBe(0);
        output.ShouldContain($"s3://{options.ConfigS3Bucket}/nommer-linux-x64.tar.gz: HTTP Error 404");
        output.ShouldContain("setup failed");
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

    private async Task PublishAsync(AwsOptions options, string program)
    {
        var build = Directory.CreateDirectory(Path.Combine(folder, "build")).FullName;
        var file = Path.Combine(build, "nommer");
        await File.WriteAllTextAsync(file, $"#!/bin/sh\n{program}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var archive = Path.Combine(folder, "nommer.tar.gz");
        await using (var zip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
            await TarFile.CreateFromDirectoryAsync(build, zip, includeBaseDirectory: false);
        using var bucket = new ConfigBucket(options);
        await bucket.CreateAsync(CancellationToken.None);
        await bucket.UploadAsync("nommer-linux-x64.tar.gz", archive, CancellationToken.None);
    }

    /// <summary>Runs the script on a machine that has every package, and whose service manager only says what it was told.</summary>
    private async Task<(int ExitCode, string Output)> RunAsync(AwsOptions options, params (string Name, string Value)[] environment)
    {
        var programs = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        foreach (var name in (string[])["systemctl", "ffmpeg", "ffprobe"])
        {
            var program = Path.Combine(programs, name);
            await File.WriteAllTextAsync(program, $"#!/bin/sh\necho {name} \"$@\"\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var script = Path.Combine(folder, "user-data");
        await File.WriteAllTextAsync(script, WorkerSetup.Script(options, new AwsAccess(options)));
        var start = new ProcessStartInfo("bash", [script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NOMMER_SETUP_ROOT"] = Root;
        start.Environment["PATH"] = $"{programs}:{start.Environment["PATH"]}";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, string.Concat(output));
    }
}
