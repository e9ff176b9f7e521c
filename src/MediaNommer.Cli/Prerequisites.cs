using System.Diagnostics;
using System.Runtime.InteropServices;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary>
/// The two things beside .NET that the system needs, ffmpeg and SQLite's library: installs them where that is possible
/// without asking anybody, else says how. Does nothing when they are there.
/// </summary>
internal static class Prerequisites
{
    public const string InstallCommand = "apt-get install ffmpeg libsqlite3-0";

    private const string NoInstallVariable = "NOMMER_NO_INSTALL";

    /// <exception cref="CliException">Something is missing and could not be installed.</exception>
    public static void Ensure(NommerOptions settings)
    {
        var missing = Missing(settings);
        if (missing.Count == 0)
            return;
        if (CanInstall() is not { } sudo)
            throw CliException.Failed(Explain(missing));
        Console.Error.WriteLine($"nommer: installing {string.Join(" and ", missing)} with apt-get …");
        // A fresh machine has no package lists, or old ones, and needs the second try.
        if (!AptGet(sudo, "install") && AptGet(sudo, "update"))
            AptGet(sudo, "install");
        missing = Missing(settings);
        if (missing.Count > 0)
            throw CliException.Failed($"apt-get could not install it. {Explain(missing)}");
    }

    /// <summary>Where a program is, or null.</summary>
    public static string? Find(string program)
    {
        if (program.Contains('/'))
            return File.Exists(program) ? Path.GetFullPath(program) : null;
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>SQLite's version, or null when its library is not there.</summary>
    public static string? SqliteVersion()
    {
        if (!NativeLibrary.TryLoad("libsqlite3.so.0", out var library))
            return null;
        var version = Marshal.GetDelegateForFunctionPointer<VersionFunction>(
            NativeLibrary.GetExport(library, "sqlite3_libversion"));
        return Marshal.PtrToStringUTF8(version());
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr VersionFunction();

    private static List<string> Missing(NommerOptions settings)
    {
        var missing = new List<string>();
        if (Find(settings.Ffmpeg.FfmpegPath) is null || Find(settings.Ffmpeg.FfprobePath) is null)
            missing.Add("ffmpeg");
        if (settings.Backend == "Sqlite" && !NativeLibrary.TryLoad("libsqlite3.so.0", out _))
            missing.Add("libsqlite3-0");
        return missing;
    }

    private static string Explain(List<string> missing) =>
        $"{string.Join(" and ", missing)} cannot be found (looked on the PATH, and where Ffmpeg:FfmpegPath and "
        + $"Ffmpeg:FfprobePath point). Install with: {InstallCommand}";

    /// <summary>What to put before apt-get: nothing for root, sudo where it asks no password; null: it won't do.</summary>
    private static string[]? CanInstall()
    {
        if (Environment.GetEnvironmentVariable(NoInstallVariable) is "1" or "true" || Find("apt-get") is null)
            return null;
        if (Environment.UserName == "root" || Environment.IsPrivilegedProcess)
            return [];
        return Find("sudo") is not null && Run(["sudo", "-n", "true"]) ? ["sudo", "-n"] : null;
    }

    private static bool AptGet(string[] sudo, string action) => Run(
    [
        .. sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", action,
        .. action == "install" ? new[] { "-y", "--no-install-recommends", "ffmpeg", "libsqlite3-0" } : [],
    ]);

    // What it prints goes to standard error: standard output belongs to the command.
    private static bool Run(string[] command)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" >&2");
        start.ArgumentList.Add("sh");
        foreach (var word in command)
            start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
