using System.Net.Sockets;
using System.Text;

namespace MediaNommer.Core.Storage;

/// <summary>What an FTP server answered.</summary>
internal readonly record struct FtpReply(int Code, string Text)
{
    public bool IsPreliminary => Code is >= 100 and < 200;

    public bool IsDone => Code is >= 200 and < 300;

    public bool WantsMore => Code is >= 300 and < 400;
}

/// <summary>
/// A logged-in control connection in binary mode, with passive data connections (RFC 959, 2428, 3659). An own one,
/// because .NET's FtpWebRequest is obsolete, cannot be cancelled while it waits, and hides the final reply that tells a
/// whole transfer from a broken one.
/// </summary>
internal sealed class FtpConnection : IDisposable
{
    private const int LongestReply = 64 << 10;

    private readonly NetworkStream stream;
    private readonly Socket socket;
    private readonly FtpAddress address;
    private readonly Transfer transfer;
    private readonly byte[] buffer = new byte[4096];
    private int start;
    private int end;

    private FtpConnection(Socket socket, FtpAddress address, Transfer transfer)
    {
        this.socket = socket;
        stream = new NetworkStream(socket, ownsSocket: true);
        this.address = address;
        this.transfer = transfer;
    }

    public static async Task<FtpConnection> OpenAsync(
        FtpAddress address, Transfer transfer, CancellationToken cancellation)
    {
        var connection = new FtpConnection(await ConnectAsync(address, cancellation), address, transfer);
        try
        {
            await connection.LogInAsync(cancellation);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command and returns the reply, whatever it is.</summary>
    public async Task<FtpReply> AskAsync(string command, CancellationToken cancellation)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancellation);
        return await ReadReplyAsync(cancellation);
    }

    /// <summary>Sends a command that must succeed.</summary>
    public async Task RequireAsync(string command, CancellationToken cancellation)
    {
        var reply = await AskAsync(command, cancellation);
        if (!reply.IsDone)
            throw address.ErrorFor(reply);
    }

    /// <summary>The size of a file in bytes, or null when there is none or the server does not tell.</summary>
    public async Task<long?> SizeAsync(string path, CancellationToken cancellation)
    {
        var reply = await AskAsync($"SIZE {path}", cancellation);
        return reply.IsDone && long.TryParse(reply.Text, out var size) ? size : null;
    }

    /// <summary>When a file was changed, as the server writes it, or null.</summary>
    public async Task<string?> ChangedAtAsync(string path, CancellationToken cancellation)
    {
        var reply = await AskAsync($"MDTM {path}", cancellation);
        return reply.IsDone ? reply.Text : null;
    }

    /// <summary>What is under a name; servers that tell neither size nor time do not tell that either.</summary>
    /// <param name="path">The name.</param>
    /// <param name="isOurs">Tells an output of ours by its size.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<Occupant> LookAsync(string path, Func<long, bool> isOurs, CancellationToken cancellation)
    {
        if (await SizeAsync(path, cancellation) is { } size)
            return isOurs(size) ? Occupant.Ours : Occupant.Other;
        return await ChangedAtAsync(path, cancellation) is null ? Occupant.Nothing : Occupant.Other;
    }

    /// <summary>
    /// Begins a transfer (RETR, STOR) at an offset. Read or write the stream, dispose it, then call
    /// <see cref="EndTransferAsync"/>.
    /// </summary>
    public async Task<(NetworkStream Data, long Offset)> BeginTransferAsync(
        string command, long offset, CancellationToken cancellation)
    {
        var data = await OpenDataAsync(cancellation);
        try
        {
            if (offset > 0 && !(await AskAsync($"REST {offset}", cancellation)).WantsMore)
                offset = 0;
            var reply = await AskAsync(command, cancellation);
            return reply.IsPreliminary ? (data, offset) : throw address.ErrorFor(reply);
        }
        catch
        {
            await data.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the server's word that the transfer was whole.</summary>
    public async Task EndTransferAsync(CancellationToken cancellation)
    {
        var reply = await ReadReplyAsync(cancellation);
        if (!reply.IsDone)
            throw address.ErrorFor(reply);
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static async Task<Socket> ConnectAsync(FtpAddress address, CancellationToken cancellation)
    {
        try
        {
            return await address.Guard.Outgoing.ConnectAsync(address.Host, address.Port, cancellation);
        }
        catch (OutgoingRefusedException e)
        {
            throw address.Refuse(e.Message, MediaStorageErrors.NotAllowed);
        }
    }

    private async Task LogInAsync(CancellationToken cancellation)
    {
        var greeting = await ReadReplyAsync(cancellation);
        if (!greeting.IsDone)
            throw address.ErrorFor(greeting);
        var reply = await AskAsync($"USER {address.User}", cancellation);
        if (reply.WantsMore)
            reply = await AskAsync($"PASS {address.Password}", cancellation);
        if (!reply.IsDone)
            throw address.ErrorFor(reply);
        await RequireAsync("TYPE I", cancellation);
        // Servers that do not know it take names as they come, which is UTF-8 on all but very old ones.
        await AskAsync("OPTS UTF8 ON", cancellation);
    }

    private async Task<NetworkStream> OpenDataAsync(CancellationToken cancellation)
    {
        var reply = await AskAsync("EPSV", cancellation);
        var port = reply.IsDone ? PortOfExtended(reply.Text) : null;
        if (port is null)
        {
            reply = await AskAsync("PASV", cancellation);
            port = reply.IsDone ? PortOfPassive(reply.Text) : throw address.ErrorFor(reply);
        }

        // Always to the host of the control connection: the address in a PASV reply is wrong behind a router, and a
        // hostile server could send us anywhere with it.
        var remote = ((System.Net.IPEndPoint)socket.RemoteEndPoint!).Address;
        remote = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        var data = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await data.ConnectAsync(
                remote, port ?? throw new TransferBrokenException("the server named no data port"), cancellation);
            return new NetworkStream(data, ownsSocket: true);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    // "Entering Extended Passive Mode (|||6446|)"
    private static int? PortOfExtended(string text) =>
        text.Split('|') is [_, _, _, var port, ..] && ushort.TryParse(port, out var number) ? number : null;

    // "Entering Passive Mode (127,0,0,1,156,64)"
    private static int? PortOfPassive(string text)
    {
        var numbers = text[(text.IndexOf('(') + 1)..].Split(',', ')');
        return numbers.Length >= 6 && byte.TryParse(numbers[4], out var high) && byte.TryParse(numbers[5], out var low)
            ? (high << 8) | low
            : null;
    }

    // "220 text", or "220-text", any lines, "220 text".
    private async Task<FtpReply> ReadReplyAsync(CancellationToken cancellation)
    {
        var line = await ReadLineAsync(cancellation);
        if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), out var code))
            throw new TransferBrokenException("the server does not speak FTP");
        var length = line.Length;
        for (var last = line; last.Length > 3 && last[3] == '-' || !last.StartsWith(line[..3], StringComparison.Ordinal);)
        {
            last = await ReadLineAsync(cancellation);
            length += last.Length;
            if (length > LongestReply)
                throw new TransferBrokenException("the server's reply does not end");
        }

        return new FtpReply(code, line.Length > 4 ? line[4..] : "");
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellation)
    {
        var line = new MemoryStream();
        while (line.Length < LongestReply)
        {
            if (start == end)
            {
                (start, end) = (0, await stream.ReadAsync(buffer, cancellation));
                if (end == 0)
                    throw new TransferBrokenException("the server closed the connection");
                transfer.Moved();
            }

            var value = buffer[start++];
            if (value == '\n')
                return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).TrimEnd('\r');
            line.WriteByte(value);
        }

        throw new TransferBrokenException("the server's reply does not end");
    }
}
