using System.Runtime.InteropServices;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>Signals to processes by their id.</summary>
internal static class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Interrupt = 2;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int processId, int signal) => _ = kill(processId, signal);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int kill(int processId, int signal);
}
