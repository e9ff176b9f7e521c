using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MediaNommer.Feederd.Services;

/// <summary>Makes a file name that is one everywhere, and that looks like what it is.</summary>
internal static partial class SafeFileName
{
    private const int MaxBytes = 200;
    private const string Fallback = "upload";

    /// <summary>
    /// The name without folders, without signs that steer a terminal or turn the direction of writing around, not hidden, not
    /// the name of a device, and not too long.
    /// </summary>
    public static string Of(string? name)
    {
        var last = (name ?? "").Split('/', '\\')[^1];
        var safe = new StringBuilder();
        foreach (var rune in last.EnumerateRunes().Where(IsSafe))
            safe.Append(rune.ToString());
        var trimmed = Trim(safe.ToString());
        while (Encoding.UTF8.GetByteCount(trimmed) > MaxBytes)
            trimmed = Trim(Shorten(trimmed));
        return trimmed.Length == 0 ? Fallback : Device().IsMatch(trimmed) ? $"_{trimmed}" : trimmed;
    }

    private static string Trim(string name) => name.Trim().TrimStart('.', '-', ' ').TrimEnd('.', ' ');

    private static bool IsSafe(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        // EnumerateRunes puts it in the place of half a surrogate pair.
        _ => rune != Rune.ReplacementChar && !(rune.IsAscii && ":*?\"<>|".Contains((char)rune.Value, StringComparison.Ordinal)),
    };

    private static string Shorten(string name)
    {
        // The extension stays: it says what kind of file it is.
        var dot = name.LastIndexOf('.');
        var cut = dot > 0 && name.Length - dot <= 10 ? dot : name.Length;
        var end = cut > 1 && char.IsLowSurrogate(name[cut - 1]) ? cut - 2 : cut - 1;
        return name.Remove(end, cut - end);
    }

    [GeneratedRegex(@"^(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])\s*(?:\.|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Device();
}
