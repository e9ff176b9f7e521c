using System.Globalization;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Names a process so that others on the same machine can tell that it has ended: run of the machine, namespace of process
/// ids (a container has its own), id and start.
/// </summary>
internal static class ProcessMark
{
    private const string NamespacePath = "/proc/self/ns/pid";

    /// <summary>This process; null where it cannot be told from others.</summary>
    public static string? Own { get; } = Place is { } place && LocalProcess.IdentityOf(Environment.ProcessId) is { } identity
        ? string.Create(CultureInfo.InvariantCulture, $"{place} {Environment.ProcessId} {identity}")
        : null;

    /// <summary>True when the process is of this machine and has ended; false when nothing is known of it.</summary>
    public static bool IsGone(string mark) =>
        mark.Split(' ') is [var place, var id, var identity] && place == Place
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
        && LocalProcess.IdentityOf(processId) != identity;

    private static string? Place =>
        LocalProcess.BootId.Value is { Length: > 0 } boot && new FileInfo(NamespacePath).LinkTarget is { } space
            ? $"{boot}/{space}"
            : null;
}
