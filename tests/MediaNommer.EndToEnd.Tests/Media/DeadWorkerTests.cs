using System.Diagnostics;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

public sealed class DeadWorkerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-dead-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("stall")]
    [InlineData("ignore,child,stall")]
    public async Task A_worker_that_is_killed_leaves_no_ffmpeg_behind(string words)
    {
        using var worker = Start(words);
        (await worker.StandardOutput.ReadLineAsync()).ShouldBe("started");
        RunningHere().ShouldNotBeEmpty();
        var started = Stopwatch.GetTimestamp();

        worker.Kill();

        await worker.WaitForExitAsync();
        while (RunningHere().Count > 0 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
            await Task.Delay(20);
        RunningHere().ShouldBeEmpty();
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task The_guard_does_not_outlive_a_worker_that_ends_well()
    {
        using var worker = Start("steps:2");
        await worker.StandardOutput.ReadLineAsync();
        var guards = ChildrenOf(worker.Id);
        guards.ShouldNotBeEmpty();

        await worker.WaitForExitAsync();

        worker.ExitCode.ShouldBe(0);
        var started = Stopwatch.GetTimestamp();
        while (guards.Exists(id => Directory.Exists($"/proc/{id}")) && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5))
            await Task.Delay(20);
        guards.ShouldAllBe(id => !Directory.Exists($"/proc/{id}"));
    }

    private Process Start(string words)
    {
        File.WriteAllText(Path.Combine(folder, "source.mp4"), "not looked at");
        var program = Path.Combine(Repository(), "tests/FakeFfmpeg/fake-ffmpeg");
        var start = new ProcessStartInfo("dotnet", [typeof(DoomedWorker).Assembly.Location, program, folder, words])
        {
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private List<int> RunningHere() => Ids(process => new FileInfo($"{process}/cwd").LinkTarget == folder && !IsDead(process));

    private static List<int> ChildrenOf(int parent) =>
        Ids(process => File.ReadAllText($"{process}/stat").Split(") ")[^1].Split(' ')[1] == $"{parent}");

    private static bool IsDead(string process) => File.ReadAllText($"{process}/stat").Split(") ")[^1][0] is 'Z' or 'X';

    private static List<int> Ids(Func<string, bool> condition) =>
    [
        .. from process in Directory.EnumerateDirectories("/proc")
           where int.TryParse(Path.GetFileName(process), out _) && Try(() => condition(process))
           select int.Parse(Path.GetFileName(process)),
    ];

    private static bool Try(Func<bool> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return false;
        }
    }

    private static string Repository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "MediaNommer.slnx")))
            at = at.Parent ?? throw new InvalidOperationException("The tests must run inside a checkout of the repository.");
        return at.FullName;
    }
}
