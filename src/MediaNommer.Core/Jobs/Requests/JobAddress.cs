using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>An address from a request, checked and brought into one form.</summary>
/// <param name="Text">The whole address: an absolute path for files. May hold secrets.</param>
/// <param name="Scheme">In lower case; <c>file</c> for paths.</param>
/// <param name="Path">The path part, undecoded.</param>
internal sealed record JobAddress(string Text, string Scheme, string Path)
{
    private const int MaxLength = 8192;

    /// <summary>The file ending without the dot, or empty.</summary>
    public string Ending => System.IO.Path.GetExtension(Uri.UnescapeDataString(LastPart)).TrimStart('.');

    /// <summary>True when it can only be a folder.</summary>
    public bool IsFolder => LastPart is "" or "." or "..";

    /// <summary>The parts of an address in S3; null for every other.</summary>
    public S3Address? S3Parts { get; private init; }

    private string LastPart => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Reads an address whose scheme must be one of the allowed.</summary>
    /// <exception cref="JobRequestException">It is none; the message holds no secret of it.</exception>
    public static JobAddress Read(string address, string field, IReadOnlyCollection<string> schemes)
    {
        if (string.IsNullOrWhiteSpace(address))
            throw Bad(field, "is empty");
        RequirePrintable(address, field);
        var scheme = MediaUri.SchemeOf(address);
        if (!schemes.Contains(scheme))
        {
            // A bare path counts as a file's address, but its author wrote no scheme.
            var found = address.Contains("://", StringComparison.Ordinal)
                ? $"begins with '{RequestJson.Printable(scheme)}://'"
                : "is a path";
            throw new JobRequestException(
                JobRequestErrors.UnknownScheme, field,
                $"{field} {found}, which nothing here can use; known: {string.Join(", ", schemes.Order(StringComparer.Ordinal))}.");
        }

        return scheme switch
        {
            "file" => ReadFile(address, field),
            "http" or "https" or "ftp" => ReadUrl(address, scheme, field),
            S3Address.Scheme => ReadS3(address, field),
            _ => ReadOther(address, scheme, field),
        };
    }

    /// <summary>True when both name the same thing, as far as the text can tell.</summary>
    public bool IsSameAs(JobAddress other)
    {
        if (Scheme != other.Scheme)
            return false;
        if (Scheme == "file")
            return System.IO.Path.GetFullPath(Text) == System.IO.Path.GetFullPath(other.Text);
        if (S3Parts is { } mine3 && other.S3Parts is { } theirs3)
            return mine3.IsSameAs(theirs3);
        return Text == other.Text
            || (Uri.TryCreate(Text, UriKind.Absolute, out var mine)
                && Uri.TryCreate(other.Text, UriKind.Absolute, out var theirs) && mine == theirs);
    }

    private static JobAddress ReadFile(string address, string field)
    {
        var path = address;
        if (address.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
        {
            path = Uri.UnescapeDataString(address["file://".Length..]);
            if (path.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase))
                path = path["localhost".Length..];
            RequirePrintable(path, field);
        }

        if (!System.IO.Path.IsPathFullyQualified(path))
            throw Bad(field, "must be absolute: a path that begins with '/', or an address such as file:///videos/a.mov or https://…");
        return new JobAddress(path, "file", path.Replace('%', '_'));
    }

    private static JobAddress ReadUrl(string address, string scheme, string field)
    {
        if (!WebAddress.TryParse(address, out var uri))
            throw Bad(
                field, $"is no valid {scheme} address: check the name of the server; special characters in a user name or "
                + "password must be written as %40 for @, %2F for / and so on");
        return new JobAddress(address, scheme, uri.AbsolutePath);
    }

    private static JobAddress ReadS3(string address, string field) =>
        S3Address.TryParse(address, out var parts, out var why)
            ? new JobAddress(address, S3Address.Scheme, "/" + parts.Key.Replace('%', '_')) { S3Parts = parts }
            : throw Bad(field, why);

    // Passwords may hold slashes, so nothing here takes them apart.
    private static JobAddress ReadOther(string address, string scheme, string field)
    {
        var rest = address[(scheme.Length + "://".Length)..];
        var path = rest[(rest.LastIndexOf('@') + 1)..];
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == path.Length - 1)
            throw Bad(field, $"is no valid {scheme} address; write {scheme}://bucket/name");
        return new JobAddress(address, scheme, path[slash..]);
    }

    private static void RequirePrintable(string text, string field)
    {
        if (text.Length > MaxLength)
            throw Bad(field, $"has {text.Length} characters; at most {MaxLength} are possible");
        if (text.Any(char.IsControl))
            throw Bad(field, "holds a line break or another control character; take it out");
    }

    private static JobRequestException Bad(string field, string why) =>
        new(JobRequestErrors.BadAddress, field, $"{field} {why}.");
}
