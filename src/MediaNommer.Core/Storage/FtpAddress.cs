namespace MediaNommer.Core.Storage;

/// <summary>An <c>ftp://user:password@host:port/path</c> taken apart.</summary>
/// <param name="Host">Name or number of the server.</param>
/// <param name="Port">Its port, 21 unless the address says otherwise.</param>
/// <param name="User"><c>anonymous</c> when the address names nobody.</param>
/// <param name="Password">In clear; never show it.</param>
/// <param name="Path">Relative to the folder of the login, unless the address begins it with <c>%2F</c>.</param>
/// <param name="Display">The address as messages may show it.</param>
/// <param name="RefusalCode">The code of the error when the server refuses for good.</param>
internal sealed record FtpAddress(
    string Host, int Port, string User, string Password, string Path, string Display, string RefusalCode)
{
    private const int NotLoggedIn = 530;
    private const int NotAvailable = 550;

    /// <summary>Whom jobs may reach.</summary>
    public AddressGuard Guard { get; private init; } = AddressGuard.Open;

    /// <summary>The folder's path, ending in a slash, or empty for the folder of the login.</summary>
    public string Folder => Path[..(Path.LastIndexOf('/') + 1)];

    public string FileName => Path[(Path.LastIndexOf('/') + 1)..];

    public static FtpAddress Source(string address, AddressGuard guard) =>
        Parse(address, MediaStorageErrors.SourceUnreadable, guard);

    public static FtpAddress Dest(string address, AddressGuard guard) =>
        Parse(address, MediaStorageErrors.DestNotWritable, guard);

    /// <summary>The error for a negative reply: one to try again after (4yz), or one that is final (5yz).</summary>
    public Exception ErrorFor(FtpReply reply)
    {
        var answer = $"{Host} answers {reply.Code} ({Hide(reply.Text)})";
        if (reply.Code < 500)
            return new TransferBrokenException(answer);
        if (reply.Code == NotLoggedIn)
            return Refuse($"{answer}; check user name and password.");
        return reply.Code == NotAvailable && RefusalCode == MediaStorageErrors.SourceUnreadable
            ? new MediaStorageException(
                MediaStorageErrors.SourceNotFound, $"{Display}: {answer}; check the path and its permissions.")
            : Refuse($"{answer}; check the path and its permissions.");
    }

    public MediaStorageException Refuse(string reason, string? code = null) => new(code ?? RefusalCode, $"{Display}: {reason}");

    public MediaStorageException GiveUp(string reason, Exception inner) =>
        new(MediaStorageErrors.TransferFailed, $"{Display}: {reason}.", isTransient: true, inner);

    private static FtpAddress Parse(string address, string refusalCode, AddressGuard guard)
    {
        guard.RequireInRoots(address);
        var display = MediaUri.Redact(address);
        if (!WebAddress.TryParse(address, out var uri))
        {
            throw new MediaStorageException(
                refusalCode,
                $"{display} is not a valid address; percent-encode special characters in user name and password.");
        }

        var login = uri.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString).ToArray();
        var user = login[0].Length > 0 ? login[0] : "anonymous";
        var password = login.ElementAtOrDefault(1) ?? (user == "anonymous" ? "media-nommer@" : "");
        var path = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        var parsed = new FtpAddress(uri.DnsSafeHost, uri.Port, user, password, path, display, refusalCode) { Guard = guard };
        if (parsed.FileName.Length == 0)
            throw parsed.Refuse("the address names a folder; add the name of a file.");
        // A line break would end the command and begin another.
        if ((path + user + password).AsSpan().IndexOfAny("\r\n\0") >= 0)
            throw parsed.Refuse("FTP cannot carry line breaks or NUL characters in names.");
        return parsed;
    }

    // A server may quote what it was sent, and of that not everything may be shown.
    private string Hide(string text)
    {
        if (Display[(Display.IndexOf('@', StringComparison.Ordinal) + 1)..].Contains(MediaUri.Mask, StringComparison.Ordinal))
            return MediaUri.Mask;
        var shown = Password.Length > 3 ? text.Replace(Password, MediaUri.Mask, StringComparison.Ordinal) : text;
        return User.Length > 3 && User != "anonymous" ? shown.Replace(User, MediaUri.Mask, StringComparison.Ordinal) : shown;
    }
}
