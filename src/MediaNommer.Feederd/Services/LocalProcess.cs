using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MediaNommer.Feederd.Services;

/// <summary>Processes of this machine that are not, or no longer, children of this one.</summary>
internal static class LocalProcess
{
    private const int SignalTerminate = 15;
    private const string BootIdPath = "/proc/sys/kernel/random/boot_id";

    /// <summary>Names the run of this machine; empty where it has no such name.</summary>
    public static readonly Lazy<string> BootId = new(() =>
        File.Exists(BootIdPath) ? File.ReadAllText(BootIdPath).Trim() : "");

    /// <summary>
    /// Something that no later process with the same id has: when it started, and in which run of the machine. Null
    /// when there is no such process, or only what is left of one.
    /// </summary>
    public static string? IdentityOf(int processId) =>
        OperatingSystem.IsLinux() ? ReadLinuxIdentity(processId) : ReadStartTime(processId);

    /// <summary>Asks a process to end (SIGTERM).</summary>
    public static void Terminate(int processId) => _ = Kill(processId, SignalTerminate);

    private static string? ReadLinuxIdentity(int processId)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{processId}/stat");
            // The name in parentheses may hold anything; what follows it are the fields from the third on.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : $"{BootId.Value}/{fields[19]}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? ReadStartTime(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
