using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Ffmpeg;
using MediaNommer.Nommerd.Nommers;
using MediaNommer.Tests.Structure;

namespace MediaNommer.Tests.Ffmpeg;

/// <summary>Runs the ffmpeg nommer with a program in place of ffmpeg that misbehaves as told.</summary>
internal sealed class FakeFfmpeg : IDisposable
{
    public static readonly string Program = Path.Combine(Repository.Root, "tests/FakeFfmpeg/fake-ffmpeg");

    public string Folder { get; } = Directory.CreateTempSubdirectory("nommer-fake-").FullName;

    public FfmpegOptions Settings { get; } = new() { FfmpegPath = Program, FfprobePath = "/bin/false" };

    public CancellationTokenSource Graceful { get; } = new();

    public CancellationTokenSource Forceful { get; } = new();

    public List<StepProgress> Reports { get; } = [];

    public TaskCompletionSource FirstReport { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Verify { get; init; } = true;

    public long MinFreeBytes { get; init; }

    public string Output => Path.Combine(Folder, "output.mp4");

    public Task<NommerResult> RunAsync(string words, params EncodePass[] passes)
    {
        var source = Path.Combine(Folder, "source.mp4");
        File.WriteAllText(source, "not looked at");
        var options = new EncodeOptions { Passes = passes.Length > 0 ? passes : [Pass(words)] };
        var task = new NommerTask
        {
            JobId = "job", Options = options, WorkFolder = Folder, SourcePath = source, OutputPath = Output, Verify = Verify,
        };
        return new FfmpegNommer(Settings, MinFreeBytes).RunAsync(task, new Collector(this), Graceful.Token, Forceful.Token);
    }

    public static EncodePass Pass(string words) => new() { OutfileOptions = [new("metadata", $"fake={words}")] };

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private sealed class Collector(FakeFfmpeg owner) : IProgress<StepProgress>
    {
        public void Report(StepProgress value)
        {
            lock (owner.Reports)
                owner.Reports.Add(value);
            owner.FirstReport.TrySetResult();
        }
    }
}
