using System.Net.Sockets;
using MediaNommer.Core.Settings;
using Microsoft.AspNetCore.Connections;

namespace MediaNommer.Cli;

/// <summary>Why feederd cannot listen where it was told to, for people.</summary>
internal static class ListenProblem
{
    private const int FirstOpenPort = 1024;

    /// <summary>The sentence for a failed start; null when something else was the reason.</summary>
    public static string? In(Exception e, FeederdOptions options) => CodeIn(e) switch
    {
        SocketError.AddressAlreadyInUse =>
            $"Port {options.Port} of {options.Host} is in use, perhaps by another feederd. Choose another with --port, or 0 "
            + "for any free one.",
        SocketError.AccessDenied when options.Port < FirstOpenPort =>
            $"This user may not listen on port {options.Port}: ports below {FirstOpenPort} are for root. Choose a higher one "
            + "with --port, put a proxy in front, or allow it (CAP_NET_BIND_SERVICE).",
        SocketError.AccessDenied =>
            $"This user may not listen on port {options.Port} of {options.Host}. Choose another with --port.",
        SocketError.AddressNotAvailable =>
            $"{options.Host} is no address of this machine. Choose another with --host (Feederd:Host): 127.0.0.1 for this "
            + "machine only, '*' for all its addresses.",
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolNotSupported =>
            $"This machine cannot listen on {options.Host}: it does not speak that kind of address (IPv6?). Choose another "
            + "with --host.",
        SocketError.Success => null,
        var other => $"feederd cannot listen on port {options.Port} of {options.Host}: {other}. Choose another with --port or --host.",
    };

    private static SocketError CodeIn(Exception? e) => e switch
    {
        null => SocketError.Success,
        AddressInUseException => SocketError.AddressAlreadyInUse,
        SocketException socket => socket.SocketErrorCode,
        AggregateException many => many.InnerExceptions.Select(CodeIn).FirstOrDefault(code => code != SocketError.Success),
        Core.Jobs.BackendUnavailableException => SocketError.Success,
        _ => CodeIn(e.InnerException),
    };
}
