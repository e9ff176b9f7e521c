using System.Net.Sockets;
using System.Reflection;
using MediaNommer.Nommerd.Ec2;

namespace MediaNommer.Nommerd.Worker;

/// <summary>The name of this worker, the same for as long as its process lives (the original's <c>get_instance_id</c>).</summary>
internal sealed class WorkerIdentity : IDisposable
{
    private readonly Socket? claim;

    public WorkerIdentity(NommerdLaunch launch)
    {
        if (launch.Machine is { } machine)
            claim = TryClaim(machine);
        WorkerId = launch.Machine is null ? $"{Environment.MachineName}-{OwnPart}"
            : claim is not null ? launch.Machine.Id
            : $"{launch.Machine.Id}-{OwnPart}";
    }

    /// <summary>
    /// On EC2 the machine's instance id, with something of its own behind it for every further worker of the machine.
    /// Elsewhere host name, process id, and a part that tells two workers of one process or a recycled id apart.
    /// </summary>
    public string WorkerId { get; }

    /// <summary>The version of the program.</summary>
    public static string SoftwareVersion { get; } =
        typeof(WorkerIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0] ?? "unknown";

    public void Dispose() => claim?.Dispose();

    private static string OwnPart => $"{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";

    // A name that one process of a Linux machine can hold at a time, and that goes with it however it ends.
    private static Socket? TryClaim(Ec2Machine machine)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint($"\0media-nommer/{machine.Id}"));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
