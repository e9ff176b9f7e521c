using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Nommers;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Plugins;

/// <summary>The sample of docs/writing-a-nommer.md, built as its reader would, and plug-ins that cannot be used.</summary>
public sealed class PluginTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("nommer-plugins-").FullName;
    private readonly Lines log = new();

    private string PluginFolder => Path.Combine(data, "plugins");

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task The_sample_is_built_loaded_and_run()
    {
        Build("copy");
        Directory.CreateDirectory(Path.Combine(PluginFolder, "copy", "unrelated"));

        var catalog = Load();

        catalog.Names.ShouldBe(["copy", "ffmpeg"], string.Join('\n', log.All));
        var source = Path.Combine(data, "source.bin");
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(source, bytes);
        var reports = new List<double>();
        var result = await catalog.Find("copy")!.RunAsync(
            new NommerTask
            {
                JobId = "job", Options = new EncodeOptions { Nommer = "copy" }, WorkFolder = data, SourcePath = source,
                OutputPath = Path.Combine(data, "output.bin"),
            },
            new Collector(reports), CancellationToken.None, CancellationToken.None);
        result.Succeeded.ShouldBeTrue();
        result.Output!.Size.ShouldBe(bytes.Length);
        result.Log.ShouldStartWith("SHA-256: ");
        (await File.ReadAllBytesAsync(Path.Combine(data, "output.bin"))).ShouldBe(bytes);
        reports[^1].ShouldBe(1);
    }

    [Fact]
    public void A_plug_in_under_another_name_is_refused_with_both_names()
    {
        Build("other");
        File.Move(Path.Combine(PluginFolder, "other", "copy.dll"), Path.Combine(PluginFolder, "other", "other.dll"));

        Load().Names.ShouldBe(["ffmpeg"]);

        log.All.ShouldHaveSingleItem().ShouldEndWith(
            "other/other.dll is not used: it calls itself 'copy' but its folder is 'other'; they must be the same.");
    }

    [Fact]
    public void What_is_no_plug_in_is_refused_and_the_others_go_on()
    {
        Directory.CreateDirectory(Path.Combine(PluginFolder, "empty"));
        Directory.CreateDirectory(Path.Combine(PluginFolder, "garbage"));
        File.WriteAllText(Path.Combine(PluginFolder, "garbage", "garbage.dll"), "this is not a library");
        Directory.CreateDirectory(Path.Combine(PluginFolder, "stranger"));
        File.Copy(typeof(Shouldly.Should).Assembly.Location, Path.Combine(PluginFolder, "stranger", "stranger.dll"));

        Load().Names.ShouldBe(["ffmpeg"]);

        log.All.Count.ShouldBe(3);
        log.All[0].ShouldEndWith("plugins/empty is not used: it holds no empty.dll; the library must be named like its folder.");
        log.All[1].ShouldContain("garbage/garbage.dll is not used: BadImageFormatException");
        log.All[2].ShouldContain("stranger/stranger.dll is not used: ");
    }

    private NommerCatalog Load()
    {
        var options = new NommerOptions { DataDir = data };
        return NommerCatalog.Load([new MediaNommer.Nommerd.Ffmpeg.FfmpegNommer(options.Ffmpeg)], options, log);
    }

    private void Build(string folder) => Sample.Build("CopyNommer", Path.Combine(PluginFolder, folder));

    private sealed class Collector(List<double> fractions) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => fractions.Add(value.Fraction);
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
                All.Add(formatter(state, exception));
        }
    }
}
