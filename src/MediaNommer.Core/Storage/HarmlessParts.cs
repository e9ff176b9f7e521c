using System.Text.RegularExpressions;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Keeps those parts of a path and a query that are known to be harmless: names that people or cameras give to files and
/// folders, and small values under a few well-known names. Everything else becomes asterisks.
/// </summary>
internal static partial class HarmlessParts
{
    private const int LongestDigits = 14;
    private const int LongestWord = 20;
    private const int LongestMixed = 20;

    private const string Vowels = "aeiouyAEIOUY";

    private static readonly HashSet<string> HarmlessNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "v", "ver", "version", "w", "width", "height", "format", "fmt", "ext", "quality", "page", "fps", "codec", "lang",
        "download", "dl", "start", "end", "duration", "bitrate", "size", "resolution",
    };

    // All that follows these in a path, and the one name that follows those, is a secret more often than not.
    private static readonly HashSet<string> SecretPaths =
        new(StringComparer.OrdinalIgnoreCase) { "webhook", "webhooks", "hook", "hooks", "services", "bot" };

    private static readonly HashSet<string> SecretFolders = new(StringComparer.OrdinalIgnoreCase)
    {
        "token", "tokens", "key", "keys", "apikey", "api_key", "api-key", "secret", "secrets", "auth", "sig", "sign", "signature",
        "signed", "hmac", "md5", "hash", "pass", "password", "access", "session", "sid", "jwt", "bearer",
        "share", "shares", "s",
    };

    /// <summary>A path, its slashes kept.</summary>
    public static string OfPath(string path)
    {
        var segments = path.Split('/');
        var (allSecret, nextSecret) = (false, false);
        for (var i = 0; i < segments.Length; i++)
        {
            var name = Decode(segments[i]);
            segments[i] = OfSegment(segments[i], allSecret || nextSecret, isLast: i == segments.Length - 1);
            nextSecret = SecretFolders.Contains(name);
            allSecret |= SecretPaths.Contains(name);
        }

        return string.Join('/', segments);
    }

    /// <summary>A query with its question mark, or nothing.</summary>
    public static string OfQuery(string query) => query.Length < 2
        ? query
        : '?' + string.Join('&', query[1..].Split('&').Select(OfParameter));

    private static string OfSegment(string segment, bool followsSecret, bool isLast)
    {
        if (segment.Length == 0)
            return segment;
        var parameters = segment.IndexOf(';', StringComparison.Ordinal);
        if (parameters >= 0)
            return OfSegment(segment[..parameters], followsSecret, isLast) + $";{MediaUri.Mask}";
        var name = Decode(segment);
        var extension = isLast ? Extension().Match(name).Value : "";
        if (!followsSecret && IsName(name[..^extension.Length]))
            return segment;
        return MediaUri.Mask + extension;
    }

    private static string OfParameter(string parameter)
    {
        var equals = parameter.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return parameter.Length == 0 ? "" : MediaUri.Mask;
        var (name, value) = (parameter[..equals], parameter[(equals + 1)..]);
        var shownName = ParameterName().IsMatch(name) && IsName(name) ? name : MediaUri.Mask;
        return value.Length == 0 || (HarmlessNames.Contains(name) && SmallValue().IsMatch(value))
            ? $"{shownName}={value}"
            : $"{shownName}={MediaUri.Mask}";
    }

    /// <summary>True for what looks like a name that somebody gave, and not like what a computer made up.</summary>
    private static bool IsName(string text)
    {
        if (text.Contains('=') || Uuid().IsMatch(text) || Labelled().IsMatch(text))
            return false;
        var mixed = 0;
        foreach (var run in Run().EnumerateMatches(text))
        {
            var part = text.AsSpan(run.Index, run.Length);
            if (!IsPlain(part))
                return false;
            mixed += Changes(part) > 0 ? part.Length : 0;
        }

        return mixed <= LongestMixed;
    }

    /// <summary>True for a word, a number, or a short mixture of the two.</summary>
    private static bool IsPlain(ReadOnlySpan<char> run)
    {
        var changes = Changes(run);
        if (changes == 0)
            return char.IsAsciiDigit(run[0]) ? run.Length <= LongestDigits : IsWord(run);
        if (Known().IsMatch(run))
            return true;
        foreach (var letters in Letters().EnumerateMatches(run))
        {
            if (!IsWord(run.Slice(letters.Index, letters.Length)))
                return false;
        }

        return run.Length <= 8 ? changes <= 3 : changes == 1 && run.Length <= LongestWord;
    }

    /// <summary>How often letters and digits take turns.</summary>
    private static int Changes(ReadOnlySpan<char> run)
    {
        var changes = 0;
        for (var i = 1; i < run.Length; i++)
            changes += char.IsAsciiDigit(run[i]) != char.IsAsciiDigit(run[i - 1]) ? 1 : 0;
        return changes;
    }

    // Words have vowels now and then, and capitals at their beginning if at all.
    private static bool IsWord(ReadOnlySpan<char> letters)
    {
        if (letters.Length < 6)
            return true;
        var vowels = letters.Length;
        foreach (var letter in letters)
            vowels -= Vowels.Contains(letter, StringComparison.Ordinal) ? 0 : 1;
        if (letters.Length > LongestWord || vowels * 5 < letters.Length || Consonants().IsMatch(letters))
            return false;
        var humps = 0;
        foreach (var _ in Hump().EnumerateMatches(letters))
            humps++;
        return humps * 3 <= letters.Length;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text);

    [GeneratedRegex("[A-Za-z0-9]+")]
    private static partial Regex Run();

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Letters();

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]")]
    private static partial Regex Hump();

    [GeneratedRegex("[b-df-hj-np-tv-xz]{6}", RegexOptions.IgnoreCase)]
    private static partial Regex Consonants();

    // 1920x1080, 20240131T235959Z
    [GeneratedRegex(@"^(?:\d{1,5}x\d{1,5}p?|\d{8}T\d{4,6}Z?)$")]
    private static partial Regex Known();

    [GeneratedRegex("[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", RegexOptions.IgnoreCase)]
    private static partial Regex Uuid();

    // bot123456:AAF…, token-x, sig_y
    [GeneratedRegex(@"^bot\d+:|^(?:token|key|apikey|secret|sig|signature|auth|hmac|md5|pass|password|bearer|jwt|session)[-_:.~].", RegexOptions.IgnoreCase)]
    private static partial Regex Labelled();

    [GeneratedRegex(@"\.[A-Za-z][A-Za-z0-9]{1,4}$")]
    private static partial Regex Extension();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_.\[\]-]{0,39}$")]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"^(?:\d{1,6}|[a-z]{1,5}\d{0,3}|\d{1,5}x\d{1,5})$")]
    private static partial Regex SmallValue();
}
