using System.CommandLine;
using System.Diagnostics;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary><c>nommer demo</c>: shows the whole system at work on a file or on a clip that it makes.</summary>
internal static class DemoCommand
{
    private const string SampleSeconds = "10";
    private const string SampleOutput = "media-nommer-demo.mp4";

    public static Command Create()
    {
        var settings = new SettingsArguments();
        var file = new Argument<string?>("file")
        {
            Description = "A file or URL to encode; without it, a sample clip with picture and sound is made.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new NommerCommand(
            "demo",
            $"Encodes a clip with the preset {JobArguments.DefaultPreset} through the whole system; the last line of its "
            + $"output is the path of the result: FILE.{JobArguments.DefaultPreset}.mp4 in the current folder, with a number where "
            + "that is taken.",
            "nommer demo", "nommer demo holiday.mov", "ffplay \"$(nommer demo | tail -n 1)\"");
        command.Arguments.Add(file);
        settings.AddConfigTo(command);
        command.SetAction((parsed, cancellation) =>
            RunAsync(settings.Read(parsed), parsed.GetValue(file), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(NommerOptions settings, string? file, CancellationToken cancellation)
    {
        if (file is not null)
            JobArguments.RequireSource(JobArguments.MakeAbsolute(file));
        await using var system = await EmbeddedSystem.StartAsync(settings, cancellation);
        var source = file is null
            ? await MakeSampleAsync(settings, system.Folder, cancellation)
            : JobArguments.MakeAbsolute(file);
        var request = new JobRequest
        {
            SourcePath = source,
            DestPath = Path.GetFullPath(file is null ? SampleOutput : FreeName(OutputName(source))),
            JobOptions = new JobOptionsRequest { Preset = JobArguments.DefaultPreset },
            // Under the sample's name there is only what the demo wrote when it was run before.
            IfExists = file is null ? "overwrite" : "fail",
        };
        var ended = await system.RunAsync(request, DisplayKind.Beside, cancellation);
        var exitCode = JobWatch.Report([ended]);
        if (exitCode == ExitCodes.Done)
        {
            Console.WriteLine(JobFacts.Describe(ended, file is null ? "the sample clip" : null));
            Console.WriteLine(ended.DestPath);
        }

        return exitCode;
    }

    private static string OutputName(string source)
    {
        var name = Path.GetFileNameWithoutExtension(source.Split('?', '#')[0].TrimEnd('/'));
        return $"{(name.Length > 0 ? name : "output")}.{JobArguments.DefaultPreset}.mp4";
    }

    /// <summary>The name, or with a number the first that nothing has.</summary>
    private static string FreeName(string name) => Enumerable.Range(2, 10_000)
        .Select(number => $"{Path.ChangeExtension(name, null)}-{number}.mp4").Prepend(name)
        .First(candidate => !Path.Exists(candidate));

    private static async Task<string> MakeSampleAsync(
        NommerOptions settings, string folder, CancellationToken cancellation)
    {
        Console.Error.WriteLine($"Making a sample clip of {SampleSeconds} s with picture and sound …");
        var path = Path.Combine(folder, "media-nommer-sample.mp4");
        var start = new ProcessStartInfo(
            settings.Ffmpeg.FfmpegPath,
            [
                "-hide_banner", "-loglevel", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25",
                "-f", "lavfi", "-i", "sine=frequency=440", "-t", SampleSeconds, "-c:v", "libx264", "-preset", "ultrafast",
                "-pix_fmt", "yuv420p", "-c:a", "aac", path,
            ])
        {
            RedirectStandardError = true,
        };
        using var ffmpeg = Process.Start(start)!;
        try
        {
            var errors = await ffmpeg.StandardError.ReadToEndAsync(cancellation);
            await ffmpeg.WaitForExitAsync(cancellation);
            return ffmpeg.ExitCode == 0
                ? path
                : throw CliException.Failed($"ffmpeg could not make the sample clip: {errors.Trim()}");
        }
        finally
        {
            if (!ffmpeg.HasExited)
                ffmpeg.Kill();
        }
    }
}
