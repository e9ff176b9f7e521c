using System.CommandLine;
using System.Formats.Tar;
using System.IO.Compression;
using MediaNommer.Backends.Aws;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary><c>nommer aws publish</c>: puts the program where machines get it from.</summary>
internal static class AwsPublishCommand
{
    private static readonly string[] Runtimes = ["linux-x64", "linux-arm64"];

    /// <summary>Every program that may be in the bucket.</summary>
    public static IEnumerable<string> Keys => Runtimes.Select(ConfigBucket.ProgramKeyOf);

    public static Command Create()
    {
        var settings = new SettingsArguments();
        var runtime = new Option<string[]>("--runtime")
        {
            Description = "For which machines: linux-x64 (the default) or linux-arm64 (Graviton); may be given several times.",
            HelpName = "runtime",
            DefaultValueFactory = _ => [Runtimes[0]],
        };
        runtime.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !Runtimes.Contains(token.Value)))
                result.AddError($"--runtime {token.Value} is unknown; possible: {string.Join(", ", Runtimes)}.");
        });
        var folder = new Option<string?>("--folder")
        {
            Description = "A self-contained build that is there already, instead of building this checkout.",
            HelpName = "folder",
        };
        var command = new NommerCommand(
            "publish",
            "Builds the program with everything it needs and puts it into the configuration bucket, from which machines get "
            + "it when they start. Machines that run go on with what they have.",
            "nommer aws publish", "nommer aws publish --runtime linux-x64 --runtime linux-arm64");
        settings.AddConfigTo(command);
        command.Options.Add(runtime);
        command.Options.Add(folder);
        command.SetAction((parsed, cancellation) => RunAsync(
            settings.Read(parsed), parsed.GetValue(runtime)!, parsed.GetValue(folder), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        NommerOptions settings, string[] runtimes, string? folder, CancellationToken cancellation)
    {
        if (folder is not null && runtimes.Length > 1)
            throw CliException.Usage("--folder holds a build for one --runtime.");
        using var bucket = new ConfigBucket(settings.Aws);
        var work = Directory.CreateTempSubdirectory("nommer-publish-").FullName;
        try
        {
            await bucket.CreateAsync(cancellation);
            foreach (var runtime in runtimes.Distinct())
            {
                var build = folder ?? await ProgramBuild.MakeAsync(runtime, Path.Combine(work, runtime), cancellation);
                var archive = Path.Combine(work, ConfigBucket.ProgramKeyOf(runtime));
                await PackAsync(build, archive, cancellation);
                Console.Error.WriteLine($"uploading {HumanText.Size(new FileInfo(archive).Length)} …");
                await bucket.UploadAsync(ConfigBucket.ProgramKeyOf(runtime), archive, cancellation);
                Console.WriteLine($"s3://{bucket.Name}/{ConfigBucket.ProgramKeyOf(runtime)}");
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        return ExitCodes.Done;
    }

    private static async Task PackAsync(string folder, string archive, CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(folder, "nommer")))
            throw CliException.Failed($"{folder} holds no program named nommer: it is no self-contained build of media-nommer.");
        await using var file = File.Create(archive);
        await using var zip = new GZipStream(file, CompressionLevel.Optimal);
        await using var tar = new TarWriter(zip);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            await WriteAsync(tar, path, Path.GetRelativePath(folder, path), cancellation);
    }

    // With a mode that lets the worker's user run it: the umask here says nothing about the machines there.
    private static async Task WriteAsync(TarWriter tar, string path, string name, CancellationToken cancellation)
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        await using var content = File.OpenRead(path);
        await tar.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = mode }, cancellation);
    }
}
