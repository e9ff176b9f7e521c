using System.Diagnostics;
using Shouldly;

namespace MediaNommer.EndToEnd.Tests.Plugins;

/// <summary>Builds the samples as their readers would.</summary>
internal static class Sample
{
    public static void Build(string project, string into)
    {
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
    }

    private static string Repository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "MediaNommer.slnx")))
            at = at.Parent ?? throw new InvalidOperationException("The tests must run inside a checkout of the repository.");
        return at.FullName;
    }
}
