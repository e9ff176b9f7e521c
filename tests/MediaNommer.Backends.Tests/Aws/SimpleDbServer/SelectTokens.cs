using System.Text;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

internal enum SelectTokenKind
{
    Name,
    QuotedName,
    Text,
    Number,
    Sign,
    End,
}

internal sealed record SelectToken(SelectTokenKind Kind, string Value);

/// <summary>Cuts a select expression into words, by the quoting rules of the Developer Guide.</summary>
internal sealed class SelectTokens(string expression)
{
    private static readonly string[] Signs = ["!=", "<=", ">=", "=", "<", ">", "(", ")", ",", "*"];

    private int at;

    public List<SelectToken> ReadAll()
    {
        var tokens = new List<SelectToken>();
        do
            tokens.Add(Next());
        while (tokens[^1].Kind != SelectTokenKind.End);
        return tokens;
    }

    private SelectToken Next()
    {
        while (at < expression.Length && char.IsWhiteSpace(expression[at]))
            at++;
        if (at == expression.Length)
            return new(SelectTokenKind.End, "");
        var first = expression[at];
        if (first is '\'' or '"')
            return new(SelectTokenKind.Text, Quoted(first));
        if (first == '`')
            return new(SelectTokenKind.QuotedName, Quoted(first));
        if (char.IsAsciiDigit(first))
            return new(SelectTokenKind.Number, While(char.IsAsciiDigit));
        if (IsOfName(first))
            return new(SelectTokenKind.Name, While(IsOfName));
        var sign = Signs.FirstOrDefault(known => string.CompareOrdinal(expression, at, known, 0, known.Length) == 0)
            ?? throw SdbFault.Query($"'{first}' at {at}.");
        at += sign.Length;
        return new(SelectTokenKind.Sign, sign);
    }

    private static bool IsOfName(char one) => char.IsAsciiLetterOrDigit(one) || one is '_' or '$';

    private string While(Func<char, bool> fits)
    {
        var start = at;
        while (at < expression.Length && fits(expression[at]))
            at++;
        return expression[start..at];
    }

    // The quote itself is written twice.
    private string Quoted(char quote)
    {
        var text = new StringBuilder();
        for (at++; at < expression.Length; at++)
        {
            if (expression[at] != quote)
                text.Append(expression[at]);
            else if (at + 1 < expression.Length && expression[at + 1] == quote)
                text.Append(expression[at++]);
            else
            {
                at++;
                return text.ToString();
            }
        }

        throw SdbFault.Query($"a {quote} is not closed.");
    }
}
