using System.Diagnostics;

namespace MediaNommer.Cli;

/// <summary>Builds the program for machines on which no .NET is installed.</summary>
internal static class ProgramBuild
{
    private const string Project = "src/MediaNommer.Cli/MediaNommer.Cli.csproj";

    /// <summary>Builds the checkout that this program was started from.</summary>
    /// <returns>The folder of the build.</returns>
    /// <exception cref="CliException">There is no checkout, or it does not build.</exception>
    public static async Task<string> MakeAsync(string runtime, string folder, CancellationToken cancellation)
    {
        var root = FindCheckout() ?? throw CliException.Failed(
            "This program was not started from a checkout of media-nommer, which could be built; name a self-contained "
            + "build with --folder.");
        Console.Error.WriteLine($"building for {runtime}, which takes a minute or two …");
        // Compiled ahead of time a machine starts a second sooner; not every registry has what that needs.
        var (exitCode, output) = await PublishAsync(root, runtime, folder, "-p:PublishReadyToRun=true", cancellation);
        if (exitCode != 0)
            (exitCode, output) = await PublishAsync(root, runtime, folder, "-p:PublishReadyToRun=false", cancellation);
        return exitCode == 0 ? folder : throw CliException.Failed($"The build for {runtime} failed:\n{output.Trim()}");
    }

    private static string? FindCheckout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Project)))
                return folder.FullName;
        }

        return null;
    }

    private static async Task<(int ExitCode, string Output)> PublishAsync(
        string root, string runtime, string folder, string ahead, CancellationToken cancellation)
    {
        // Artifacts of its own: this very program may be running from the others.
        using var process = Process.Start(new ProcessStartInfo(
            Dotnet(),
            [
                "publish", Project, "-c", "Release", "-r", runtime, "--self-contained", "true", "-o", folder,
                "--artifacts-path", Path.Combine(root, "artifacts", $"publish-{runtime}"), "--nologo", "-v", "q",
                "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:GenerateDocumentationFile=false", ahead,
            ])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return (process.ExitCode, output);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    // The launcher says which .NET it used.
    private static string Dotnet() =>
        Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root
        && Path.Combine(root, "dotnet") is var path && File.Exists(path) ? path : "dotnet";
}
