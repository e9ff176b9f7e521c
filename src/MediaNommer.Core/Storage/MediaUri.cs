using System.Text.RegularExpressions;

namespace MediaNommer.Core.Storage;

/// <summary>
/// The address of a source, a destination or a web hook. Passwords and signatures in it are never kept in clear:
/// <see cref="Display"/> shows asterisks in their place, and the whole address is kept encrypted beside it.
/// </summary>
/// <param name="Display">The address as it may be shown, logged and searched.</param>
/// <param name="Sealed">The whole address, encrypted, or null when nothing in it is secret.</param>
public sealed partial record MediaUri(string Display, string? Sealed)
{
    private const string Mask = "***";

    private static readonly string[] SecretWords =
    [
        "signature", "token", "secret", "passw", "passphrase", "pwd", "apikey", "api_key", "api-key", "credential", "sig", "auth",
        "accesskey", "access_key", "access-key", "session", "jwt", "hmac", "ticket", "private",
    ];

    private static readonly string[] SecretNames = ["key", "pass", "code", "hash", "policy", "otp", "pin", "sas"];

    /// <summary>The scheme in lower case; <c>file</c> for a plain path.</summary>
    public string Scheme => SchemeOf(Display);

    /// <summary>The name of the file or object, or empty where the address names a folder.</summary>
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

    /// <summary>Splits an address into what may be shown and what must be encrypted.</summary>
    public static MediaUri Seal(string address, SecretBox secrets)
    {
        var display = Redact(address);
        return new MediaUri(display, display == address ? null : secrets.Seal(address));
    }

    /// <summary>The whole address. Never log it, show it or put it on a command line.</summary>
    /// <exception cref="InvalidOperationException">It was sealed with another key.</exception>
    public string Reveal(SecretBox secrets) => Sealed is null ? Display : secrets.Open(Sealed);

    /// <summary>
    /// The address with its secrets replaced by asterisks: passwords, user names that may be keys, values in query or path
    /// whose names sound secret, and parts of the query without a name. Plain paths have none.
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
        var queryAt = address.IndexOfAny(['?', '#'], host);
        var query = queryAt < 0 ? "" : address[queryAt..];
        var place = queryAt < 0 ? address[host..] : address[host..queryAt];
        if (IsWeb(scheme))
            place = PathParameter().Replace(place, Redact);
        return address[..start] + RedactUserInfo(scheme, address[start..host]) + place + RedactQuery(query);
    }

    /// <summary>The scheme of an address in lower case; <c>file</c> for a plain path.</summary>
    public static string SchemeOf(string address)
    {
        var match = LeadingScheme().Match(address);
        return match.Success ? match.Groups[1].Value.ToLowerInvariant() : "file";
    }

    /// <inheritdoc/>
    public override string ToString() => Display;

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

    private static string RedactUserInfo(string scheme, string userInfo)
    {
        if (userInfo.Length == 0)
            return "";
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return scheme == "ftp" ? userInfo : $"{Mask}@";
        return IsWeb(scheme) ? $"{userInfo[..colon]}:{Mask}@" : $"{Mask}:{Mask}@";
    }

    private static string RedactQuery(string query) =>
        QueryPart().Replace(NamelessPart().Replace(query, $"$1{Mask}"), Redact);

    private static string Redact(Match part)
    {
        var name = Uri.UnescapeDataString(part.Groups["name"].Value).ToLowerInvariant();
        var isSecret = SecretNames.Contains(name) || SecretWords.Any(word => name.Contains(word, StringComparison.Ordinal));
        var value = isSecret ? Mask : NestedUserInfo().Replace(part.Groups["value"].Value, $"$1{Mask}@");
        return $"{part.Groups["sign"].Value}{part.Groups["name"].Value}={value}";
    }

    private static bool IsWeb(string scheme) => scheme is "http" or "https" or "ftp";

    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*)://")]
    private static partial Regex LeadingScheme();

    [GeneratedRegex("(?<sign>[?&#;])(?<name>[^=&#;?]*)=(?<value>[^&#;?]+([;?][^=&#;?]*(?=[&#;?]|$))*)", RegexOptions.ExplicitCapture)]
    private static partial Regex QueryPart();

    // As in /a;jsessionid=1/b.mp4.
    [GeneratedRegex("(?<sign>;)(?<name>[^=/;]*)=(?<value>[^/;]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex PathParameter();

    // A ? or ; in a value begins no part of its own.
    [GeneratedRegex("(^[?#]|[&#])[^=&#;?]+(?=[&#]|$)")]
    private static partial Regex NamelessPart();

    [GeneratedRegex("(://|%3A%2F%2F)[^/?#@]*(?::|%3A)[^/?#@]*(?:@|%40)", RegexOptions.IgnoreCase)]
    private static partial Regex NestedUserInfo();
}
