using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace MediaNommer.Backends.Tests.Storage;

/// <summary>A server that a test starts and ends.</summary>
internal sealed class ServerProcess : IDisposable
{
    private ServerProcess(Process process) => Process = process;

    public Process Process { get; }

    /// <summary>Starts a program that the tests need; says what to install when it is not there.</summary>
    public static ServerProcess Start(string program, string package, params string[] arguments) =>
        Start(new ProcessStartInfo(program, arguments), package);

    public static ServerProcess Start(ProcessStartInfo start, string package)
    {
        if (!File.Exists(start.FileName))
            throw new InvalidOperationException($"{start.FileName} is missing: apt-get install {package} (./test.sh does it).");
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        return new ServerProcess(Process.Start(start)!);
    }

    /// <summary>The path of a program, or its bare name when it is nowhere on the PATH.</summary>
    public static string FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists) ?? program;

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static async Task WaitForPortAsync(int port)
    {
        var deadline = Stopwatch.GetTimestamp() + (60 * Stopwatch.Frequency);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (Stopwatch.GetTimestamp() < deadline)
            {
                await Task.Delay(10);
            }
        }
    }

    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill(entireProcessTree: true);
        Process.WaitForExit();
        Process.Dispose();
    }
}
