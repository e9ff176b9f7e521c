using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// Texts of any length as values of at most 1,024 bytes: <c>3p:</c> before the first says that there are three, plain;
/// <c>z</c> that they are compressed, in Base64, because the text is long or holds what SimpleDB could not give back
/// as it was. Values beyond the count are leftovers of an earlier, longer text.
/// </summary>
internal static class SdbText
{
    /// <summary>Characters of one value, all of them ASCII; the first has some more for what stands before the text.</summary>
    public const int ValueLength = 1000;

    private const int LongestPlain = 4 * ValueLength;
    private const int Quality = 5;

    /// <summary>The values of a text, at least one.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var isPlain = text.Length <= LongestPlain && IsSafe(text);
        var body = isPlain ? text : Compress(text);
        var count = Math.Max(1, (body.Length + ValueLength - 1) / ValueLength);
        var first = string.Create(CultureInfo.InvariantCulture, $"{count}{(isPlain ? 'p' : 'z')}:");
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
                (i == 0 ? first : "") + body.Substring(i * ValueLength, Math.Min(ValueLength, body.Length - (i * ValueLength)))),
        ];
    }

    /// <summary>The text of values, which are asked for one by one; null when one is missing.</summary>
    public static string? Join(Func<int, string?> valueAt)
    {
        if (valueAt(0) is not { } first)
            return null;
        var colon = first.IndexOf(':', StringComparison.Ordinal);
        var count = int.Parse(first.AsSpan(0, colon - 1), CultureInfo.InvariantCulture);
        var body = new StringBuilder(first, colon + 1, first.Length - colon - 1, count * ValueLength);
        for (var i = 1; i < count; i++)
        {
            if (valueAt(i) is not { } value)
                return null;
            body.Append(value);
        }

        return first[colon - 1] == 'p' ? body.ToString() : Decompress(body.ToString());
    }

    /// <summary>A text as attributes <c>name</c>, <c>name_1</c>, <c>name_2</c>, ….</summary>
    public static IEnumerable<SdbAttribute> Attributes(string name, string text) =>
        Split(text).Select((value, i) => new SdbAttribute(Name(name, i), value));

    /// <summary>The text of such attributes, or null.</summary>
    public static string? Read(SdbItem item, string name) => Join(i => item[Name(name, i)]);

    /// <summary>The name of one of the attributes of a text.</summary>
    public static string Name(string name, int index) =>
        index == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}_{index}");

    // Printable ASCII comes back from any server as it was sent. A space at either end of a value is trusted to none.
    private static bool IsSafe(string text)
    {
        if (text.AsSpan().ContainsAnyExceptInRange(' ', '~') || text.EndsWith(' '))
            return false;
        for (var i = ValueLength; i < text.Length; i += ValueLength)
        {
            if (text[i] == ' ' || text[i - 1] == ' ')
                return false;
        }

        return true;
    }

    private static string Compress(string text)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, new BrotliCompressionOptions { Quality = Quality }))
            brotli.Write(Encoding.UTF8.GetBytes(text));
        return Base64Url.EncodeToString(packed.ToArray());
    }

    private static string Decompress(string body)
    {
        using var packed = new MemoryStream(Base64Url.DecodeFromChars(body));
        using var brotli = new BrotliStream(packed, CompressionMode.Decompress);
        using var reader = new StreamReader(brotli, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
