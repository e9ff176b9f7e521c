using System.Collections.Concurrent;
using System.Diagnostics;
using Shouldly;

namespace MediaNommer.EndToEnd.Tests.Plugins;

/// <summary>Builds the samples as their readers would.</summary>
internal static class Sample
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> Built = new();

    /// <summary>Puts a sample into a folder; it is built once for all tests.</summary>
    public static void Build(string project, string into)
    {
        var built = Built.GetOrAdd(project, name => new(() => BuildOnce(name))).Value;
        Directory.CreateDirectory(into);
        foreach (var file in Directory.EnumerateFiles(built))
            File.Copy(file, Path.Combine(into, Path.GetFileName(file)), overwrite: true);
    }

    private static string BuildOnce(string project)
    {
        var into = Directory.CreateTempSubdirectory("nommer-sample-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(into, recursive: true);
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "build", Path.Combine(Repository(), "samples", project), "-o", into, "-c", configuration,
                "-p:BuildProjectReferences=false", "-v", "q", "--nologo",
            ])
        {
            RedirectStandardOutput = true,
        };
        using var build = Process.Start(start)!;
        var said = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        build.ExitCode.ShouldBe(0, said);
        return into;
    }

    private static string Repository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "MediaNommer.slnx")))
            at = at.Parent ?? throw new InvalidOperationException("The tests must run inside a checkout of the repository.");
        return at.FullName;
    }
}
