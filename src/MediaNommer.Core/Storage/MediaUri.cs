using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace MediaNommer.Core.Storage;

/// <summary>
/// The address of a source, a destination or a web hook. Only what is known to be harmless is ever shown, logged or
/// searched (<see cref="Display"/>); wherever that is not the whole, the whole is kept encrypted beside it.
/// </summary>
/// <param name="Stored">
/// What the store holds in clear. Records of earlier versions hold more than would be shown today, so it is not for showing.
/// </param>
/// <param name="Sealed">The whole address, encrypted, or null when it is what is stored.</param>
public sealed partial record MediaUri([property: JsonPropertyName("display")] string Stored, string? Sealed)
{
    /// <summary>What stands in place of what is not shown.</summary>
    public const string Mask = "***";

    /// <summary>The address of a source or destination as it may be shown, logged and searched.</summary>
    [JsonIgnore]
    public string Display => Redact(Stored);

    /// <summary>The address of a web hook as it may be shown: its server, no more.</summary>
    [JsonIgnore]
    public string DisplayOfHook => RedactHook(Stored);

    /// <summary>The scheme in lower case; <c>file</c> for a plain path.</summary>
    [JsonIgnore]
    public string Scheme => SchemeOf(Stored);

    /// <summary>The name of the file or object, or empty where the address names a folder.</summary>
    [JsonIgnore]
    public string FileName
    {
        get
        {
            if (Scheme == S3Address.Scheme)
                return Display[(Display.LastIndexOf('/') + 1)..];
            var isPlain = !Display.Contains("://", StringComparison.Ordinal);
            var path = isPlain || Scheme == "file" ? Display : Display.Split('?', '#')[0];
            var name = path[(path.LastIndexOf('/') + 1)..];
            return isPlain ? name : Uri.UnescapeDataString(name).Replace('/', '_');
        }
    }

    /// <summary>Splits the address of a source or destination into what may be shown and what must be encrypted.</summary>
    public static MediaUri Seal(string address, SecretBox secrets)
    {
        var display = Redact(address);
        var isWhole = display == address && (SchemeOf(address) is "file" or S3Address.Scheme || !address.Contains('?'));
        return new MediaUri(display, isWhole ? null : secrets.Seal(address));
    }

    /// <summary>The same for a web hook, which is always encrypted: nobody knows what in its path is a password.</summary>
    public static MediaUri SealHook(string address, SecretBox secrets) => new(RedactHook(address), secrets.Seal(address));

    /// <summary>The whole address. Never log it, show it or put it on a command line.</summary>
    /// <exception cref="InvalidOperationException">It was sealed with another key.</exception>
    public string Reveal(SecretBox secrets) => Sealed is null ? Stored : secrets.Open(Sealed);

    /// <summary>
    /// The address with asterisks in place of everything that is not known to be harmless. Shown are the scheme, the server,
    /// names in the path that look like names, and values in the query that are small and whose names are known. Plain paths
    /// are shown whole, and of S3 all but keys.
    /// </summary>
    public static string Redact(string address)
    {
        var scheme = SchemeOf(address);
        if (scheme == "file")
            return address;
        var start = scheme.Length + "://".Length;
        if (scheme == S3Address.Scheme)
            return RedactS3(address, start);
        var host = start + UserInfoLength(scheme, address[start..]);
        var pathAt = IndexOr(address, address.IndexOfAny(['/', '?', '#', ';', '\\'], host));
        var queryAt = IndexOr(address, address.IndexOfAny(['?', '#'], pathAt));
        var fragmentAt = IndexOr(address, address.IndexOf('#', queryAt));
        return address[..start] + (host > start ? $"{Mask}@" : "") + address[host..pathAt]
            + HarmlessParts.OfPath(address[pathAt..queryAt])
            + HarmlessParts.OfQuery(address[queryAt..fragmentAt])
            + (fragmentAt < address.Length ? $"#{Mask}" : "");
    }

    /// <summary>The address of a web hook with asterisks in place of everything but its server.</summary>
    public static string RedactHook(string address)
    {
        var scheme = SchemeOf(address);
        var start = scheme.Length + "://".Length;
        if (scheme == "file" || start > address.Length)
            return Mask;
        var host = start + UserInfoLength(scheme, address[start..]);
        var end = IndexOr(address, address.IndexOfAny(['/', '?', '#', ';', '\\'], host));
        return address[..start] + (host > start ? $"{Mask}@" : "") + address[host..end]
            + (end >= address.Length - 1 ? address[end..] : $"/{Mask}");
    }

    /// <summary>The scheme of an address in lower case; <c>file</c> for a plain path.</summary>
    public static string SchemeOf(string address)
    {
        var match = LeadingScheme().Match(address);
        return match.Success ? match.Groups[1].Value.ToLowerInvariant() : "file";
    }

    /// <summary>The ending of the file's name in an address, with its dot; empty where it has none that tells a format.</summary>
    public static string FileEndingOf(string address)
    {
        // In the name of a file or an object these signs are letters like any other.
        var path = SchemeOf(address) is "file" or "s3" ? address : Uri.UnescapeDataString(address.Split('?', '#')[0]);
        var ending = Path.GetExtension(path);
        return ending.Length is > 1 and <= 10 && ending.Skip(1).All(char.IsAsciiLetterOrDigit) ? ending : "";
    }

    /// <inheritdoc/>
    public override string ToString() => Display;

    private static int IndexOr(string address, int index) => index < 0 ? address.Length : index;

    // The name of a profile is no secret, and worth searching for; an id alone may belong to someone. What follows is the
    // name of a bucket and of an object, whatever signs are in it.
    private static string RedactS3(string address, int start)
    {
        var length = S3Address.UserInfoLength(address[start..]);
        var userInfo = address.Substring(start, length);
        if (length > 0 && !S3Address.IsProfileName(userInfo[..^1]))
            userInfo = userInfo.Contains(':', StringComparison.Ordinal) ? $"{Mask}:{Mask}@" : $"{Mask}@";
        return address[..start] + userInfo + address[(start + length)..];
    }

    /// <summary>How many characters of what follows the scheme are user name, password and @.</summary>
    private static int UserInfoLength(string scheme, string rest)
    {
        var end = rest.IndexOfAny(['/', '?', '#']);
        var authority = end < 0 ? rest : rest[..end];
        if (IsWeb(scheme) && authority.Contains('@'))
            return authority.LastIndexOf('@') + 1;

        // An unescaped slash, ? or # in a password hides the @ from the rules of URLs; then what they take for the port
        // is none.
        var colon = authority.IndexOf(':', StringComparison.Ordinal);
        var mayHidePassword = IsWeb(scheme)
            ? colon >= 0 && authority[0] != '[' && !IsPort(authority.AsSpan(colon + 1))
            : colon >= 0 || authority.Contains('@');
        return mayHidePassword ? rest.LastIndexOf('@') + 1 : 0;
    }

    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.Length > 0 && text.IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool IsWeb(string scheme) => scheme is "http" or "https" or "ftp";

    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*)://")]
    private static partial Regex LeadingScheme();
}
