using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>
/// A network of its own for the processes that are started in it: there is nothing in it but loopback, and doors, ports
/// that lead to the same ports outside. Needs no rights where users may make namespaces of their own.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    /// <summary>The word by which the test assembly, started as a program, knows that it shall keep a namespace.</summary>
    public const string Verb = "keep-namespace";

    private static readonly string[][] Ways = [["-n"], ["-U", "-r", "-n"]];

    private readonly List<Relay> doors = [];
    private Process keeper = null!;

    private NetworkNamespace()
    {
    }

    /// <summary>What a program is started through so that it is in the namespace.</summary>
    public IReadOnlyList<string> Prefix { get; private set; } = [];

    /// <summary>Makes one.</summary>
    /// <param name="folder">An empty folder for the doors.</param>
    /// <param name="outward">Ports of this network that can be reached from inside.</param>
    /// <param name="inward">Ports inside that can be reached from here.</param>
    public static async Task<NetworkNamespace> MakeAsync(string folder, IReadOnlyList<int> outward, IReadOnlyList<int> inward)
    {
        Directory.CreateDirectory(folder);
        var made = new NetworkNamespace();
        var errors = new List<string>();
        foreach (var way in Ways)
        {
            if (await made.TryStartAsync(way, folder, outward, inward) is not { } error)
            {
                made.doors.AddRange(outward.Select(port => Relay.ToPort(DoorOf(folder, port), port)));
                made.doors.AddRange(inward.Select(port => Relay.ToFile(port, DoorOf(folder, port))));
                return made;
            }

            errors.Add($"unshare {string.Join(' ', way)}: {error.Trim()}");
        }

        throw new InvalidOperationException(
            "This test needs network namespaces, and this machine allows none. Run it as root, or allow users to make them "
            + $"(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0).\n{string.Join('\n', errors)}");
    }

    /// <summary>Keeps a namespace with its doors until standard input ends: the test assembly started as a program.</summary>
    public static int Keep(string[] arguments)
    {
        RaiseLoopback();
        var folder = arguments[0];
        var relays = arguments[1..].Select(door => door.Split(':')).Select(door => (IsOutward: door[0] == "out", Port: Parse(door[1])))
            .Select(door => door.IsOutward ? Relay.ToFile(door.Port, DoorOf(folder, door.Port)) : Relay.ToPort(DoorOf(folder, door.Port), door.Port))
            .ToList();
        Console.WriteLine("ready");
        while (Console.In.Read() >= 0)
        {
            // Nobody says anything; the end is all that matters.
        }

        relays.ForEach(relay => relay.Dispose());
        return 0;
    }

    /// <summary>Runs a program in the namespace.</summary>
    /// <returns>Its exit code and what it printed.</returns>
    public async Task<(int ExitCode, string Output)> RunAsync(params string[] command)
    {
        var start = new ProcessStartInfo(Prefix[0], [.. Prefix.Skip(1), .. command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    public void Dispose()
    {
        doors.ForEach(door => door.Dispose());
        keeper.StandardInput.Close();
        keeper.WaitForExit();
        keeper.Dispose();
    }

    private async Task<string?> TryStartAsync(string[] way, string folder, IReadOnlyList<int> outward, IReadOnlyList<int> inward)
    {
        var doorsOf = outward.Select(port => $"out:{port}").Concat(inward.Select(port => $"in:{port}"));
        keeper = Process.Start(new ProcessStartInfo(
            "unshare", [.. way, "dotnet", typeof(NetworkNamespace).Assembly.Location, Verb, folder, .. doorsOf])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        if (await keeper.StandardOutput.ReadLineAsync() == "ready")
        {
            Prefix = ["nsenter", "-t", keeper.Id.ToString(CultureInfo.InvariantCulture), .. way.Contains("-U") ? ["-U", "--preserve-credentials"] : Array.Empty<string>(), "-n", "--"];
            return null;
        }

        var error = await keeper.StandardError.ReadToEndAsync();
        await keeper.WaitForExitAsync();
        keeper.Dispose();
        return error;
    }

    private static string DoorOf(string folder, int port) => Path.Combine(folder, $"{port}.sock");

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    // What `ip link set lo up` does; a new namespace begins with everything down.
    private static void RaiseLoopback()
    {
        const nuint setFlags = 0x8914;
        const byte up = 1;
        var request = new byte[40];
        "lo"u8.CopyTo(request);
        request[16] = up;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (ioctl(socket.Handle.ToInt32(), setFlags, request) != 0)
            throw new InvalidOperationException($"The loopback interface could not be raised: error {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int ioctl(int file, nuint request, byte[] argument);
}
