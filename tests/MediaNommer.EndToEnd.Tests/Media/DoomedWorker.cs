using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Ffmpeg;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>The test assembly started as a program: a worker with one job, which a test can kill.</summary>
internal static class DoomedWorker
{
    /// <summary>Runs the ffmpeg nommer in a folder with a program in place of ffmpeg.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [var program, var folder, var words])
            return 2;
        var task = new NommerTask
        {
            JobId = "job",
            Options = new EncodeOptions { Passes = [new EncodePass { OutfileOptions = [new("metadata", $"fake={words}")] }] },
            WorkFolder = folder,
            SourcePath = Path.Combine(folder, "source.mp4"),
            OutputPath = Path.Combine(folder, "output.mp4"),
        };
        var nommer = new FfmpegNommer(new FfmpegOptions { FfmpegPath = program });
        var result = await nommer.RunAsync(task, new Started(), CancellationToken.None, CancellationToken.None);
        return result.Succeeded ? 0 : 1;
    }

    private sealed class Started : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => Console.WriteLine("started");
    }
}
