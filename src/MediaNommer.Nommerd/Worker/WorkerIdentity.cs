using System.Reflection;

namespace MediaNommer.Nommerd.Worker;

/// <summary>The name of this worker, the same for as long as its process lives.</summary>
internal sealed class WorkerIdentity
{
    /// <summary>Host name, process id, and a part that tells two workers of one process or a recycled id apart.</summary>
    public string WorkerId { get; } =
        $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>The version of the program.</summary>
    public static string SoftwareVersion { get; } =
        typeof(WorkerIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "unknown";
}
