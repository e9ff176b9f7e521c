using System.Text;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>One filter of a graph: its name without instance name, and its arguments, still quoted.</summary>
internal readonly record struct FilterUse(string Name, string Arguments);

/// <summary>
/// Reads ffmpeg's filter graphs the way libavfilter does, quotes and backslashes included, so that a filter's name is
/// found however it is written. What this cannot read, ffmpeg cannot read either.
/// </summary>
internal sealed class FilterGraph
{
    private const string Blanks = " \n\t\r";
    private readonly string text;
    private int position;

    private FilterGraph(string text) => this.text = text;

    /// <summary>The filters of a graph in the order of the text, or null when the text is no graph.</summary>
    public static IReadOnlyList<FilterUse>? TryParse(string text) => new FilterGraph(text).Parse();

    /// <summary>Splits a filter's arguments at its colons into names (empty for positional ones) and values.</summary>
    public static IReadOnlyList<(string Name, string Value)> SplitArguments(string arguments)
    {
        // The graph's parser has taken one level of quotes away before the filter's own parser begins.
        var scanner = new FilterGraph(new FilterGraph(arguments).Token(""));
        var result = new List<(string, string)>();
        while (scanner.position < scanner.text.Length)
        {
            var name = scanner.ArgumentName();
            result.Add((name, scanner.Token(":")));
            scanner.position++;
        }

        return result;
    }

    private List<FilterUse>? Parse()
    {
        var filters = new List<FilterUse>();
        SkipBlanks();
        if (text.AsSpan(position).StartsWith("sws_flags="))
        {
            position = text.IndexOf(';', position) + 1;
            if (position == 0)
                return null;
        }

        do
        {
            if (!SkipLabels())
                return null;
            var name = Token("=,;[");
            var arguments = "";
            if (Peek() == '=')
            {
                var start = ++position;
                Token("[],;");
                arguments = text[start..position];
            }

            if (name.Length == 0 || !SkipLabels())
                return null;
            filters.Add(new FilterUse(name.Split('@')[0].Trim(), arguments));
        }
        while (Peek() is ',' or ';' && ++position < text.Length);
        return position == text.Length ? filters : null;
    }

    private bool SkipLabels()
    {
        SkipBlanks();
        while (Peek() == '[')
        {
            position++;
            Token("]");
            if (Peek() != ']')
                return false;
            position++;
            SkipBlanks();
        }

        return true;
    }

    private string ArgumentName()
    {
        SkipBlanks();
        var end = position;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '/'))
            end++;
        var afterBlanks = end;
        while (afterBlanks < text.Length && Blanks.Contains(text[afterBlanks]))
            afterBlanks++;
        if (end == position || afterBlanks == text.Length || text[afterBlanks] != '=')
            return "";
        var name = text[position..end];
        position = afterBlanks + 1;
        return name;
    }

    /// <summary>What libavutil calls a token: unquoted text up to one of the terminators, trimmed.</summary>
    private string Token(string terminators)
    {
        SkipBlanks();
        var result = new StringBuilder();
        var kept = 0;
        while (position < text.Length && !terminators.Contains(text[position]))
        {
            var letter = text[position++];
            if (letter == '\\' && position < text.Length)
            {
                result.Append(text[position++]);
                kept = result.Length;
            }
            else if (letter == '\'')
            {
                var end = text.IndexOf('\'', position);
                end = end < 0 ? text.Length : end;
                result.Append(text, position, end - position);
                position = Math.Min(end + 1, text.Length);
                kept = result.Length;
            }
            else
            {
                result.Append(letter);
                kept = Blanks.Contains(letter) ? kept : result.Length;
            }
        }

        return result.ToString(0, kept);
    }

    private void SkipBlanks()
    {
        while (position < text.Length && Blanks.Contains(text[position]))
            position++;
    }

    private char Peek() => position < text.Length ? text[position] : '\0';
}
