using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// How names and what is compared are written. SimpleDB compares byte by byte, so every time has the same number of
/// digits, and what there is none of sorts behind or before all that there can be.
/// </summary>
internal static partial class SdbName
{
    /// <summary>Sorts behind every id and time: a time that never comes.</summary>
    public const string Never = "~";

    /// <summary>Sorts before every id: an id that is not there. An attribute cannot be taken away by a put.</summary>
    public const string None = "-";

    private const int LongestName = 900;

    /// <summary>
    /// Any text as a name that every server takes: letters, digits, dot and hyphen as they are, other bytes of its
    /// UTF-8 as <c>_hh</c>. A very long one keeps its beginning and a hash, so it can stand for one text only.
    /// </summary>
    public static string Of(string text)
    {
        var name = new StringBuilder(text.Length);
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'-' or (byte)'.')
                name.Append((char)one);
            else
                name.Append(CultureInfo.InvariantCulture, $"_{one:x2}");
        }

        return name.Length <= LongestName
            ? name.ToString()
            : $"{name.ToString(0, LongestName)}_{Hash(text)}";
    }

    /// <summary>The hash of a text, 64 hexadecimal digits.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>A time that sorts as it should; null: <see cref="Never"/>.</summary>
    public static string Time(DateTimeOffset? time) =>
        time is { } known ? known.UtcTicks.ToString("d19", CultureInfo.InvariantCulture) : Never;

    /// <summary>A number as text.</summary>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A name for one write, so that it can be told from all others.</summary>
    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    /// <summary>Where to go on behind an id, by whoever asks; null: at the newest.</summary>
    public static string Cursor(string? cursor) =>
        cursor is null ? Never : cursor.AsSpan().ContainsAnyExceptInRange(' ', '~') ? Of(cursor) : cursor;

    /// <summary>A value in a select expression.</summary>
    public static string Quoted(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A domain in a select expression.</summary>
    public static string QuotedDomain(string domain) => PlainName().IsMatch(domain) ? domain : $"`{domain}`";

    // No number in front, and none of SimpleDB's own words.
    [GeneratedRegex(
        "^(?!(or|and|not|from|where|select|like|null|is|order|by|asc|desc|in|between|intersection|limit|every)$)"
        + "[A-Za-z_][A-Za-z0-9_]*$",
        RegexOptions.IgnoreCase)]
    private static partial Regex PlainName();
}
