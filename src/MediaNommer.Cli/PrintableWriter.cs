using System.Text;

namespace MediaNommer.Cli;

/// <summary>
/// Writes text to a terminal with a replacement sign for everything that would steer the terminal or turn the direction of
/// writing around: names, labels and what ffmpeg says of a file come from strangers.
/// </summary>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    private const char Replacement = '\uFFFD';

    public override Encoding Encoding => inner.Encoding;

    /// <summary>The text as a terminal may show it.</summary>
    public static string Clean(string text) => text.Any(IsUnsafe) ? new string([.. text.Select(Cleaned)]) : text;

    /// <summary>Has the rest of the program write through one, where its output goes to a terminal.</summary>
    public static void Install()
    {
        if (!Console.IsOutputRedirected)
            Console.SetOut(Synchronized(new PrintableWriter(Console.Out)));
    }

    public override void Write(char value) => inner.Write(Cleaned(value));

    public override void Write(string? value) => inner.Write(value is null ? null : Clean(value));

    public override void Write(char[] buffer, int index, int count) => inner.Write(Clean(new string(buffer, index, count)));

    public override void Write(ReadOnlySpan<char> buffer) => inner.Write(Clean(buffer.ToString()));

    public override void Flush() => inner.Flush();

    private static char Cleaned(char letter) => IsUnsafe(letter) ? Replacement : letter;

    private static bool IsUnsafe(char letter) => letter switch
    {
        '\n' or '\r' or '\t' => false,
        '\u061C' or '\u200B' or '\u200E' or '\u200F' or '\uFEFF' => true,
        (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069') => true,
        _ => char.IsControl(letter),
    };
}
