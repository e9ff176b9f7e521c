using System.Globalization;
using System.Text.RegularExpressions;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>Reads select expressions as the Developer Guide writes them.</summary>
internal sealed class SelectParser
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 2500;
    private const int MaxComparisons = 20;
    private const int MaxValues = 20;

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "or", "and", "not", "from", "where", "select", "like", "null", "is", "order", "by", "asc", "desc", "in", "between",
        "intersection", "limit", "every",
    };

    private readonly List<SelectToken> tokens;
    private int at;

    private SelectParser(string expression) => tokens = new SelectTokens(expression).ReadAll();

    private SelectToken Current => tokens[at];

    public static SelectQuery Parse(string expression)
    {
        var query = new SelectParser(expression).Query();
        if (query.Where is { Comparisons: > MaxComparisons })
            throw new SdbFault("InvalidNumberPredicates", 400, "Too many predicates exist in the query expression.");
        if (query.OrderBy is { } by && !(query.Where?.Attributes.Contains(by) ?? false))
            throw new SdbFault(
                "InvalidSortExpression", 400,
                "The sort attribute must be present in at least one of the predicates, and the predicate cannot contain the is null operator.");
        return query;
    }

    private SelectQuery Query()
    {
        NeedWord("select");
        var output = Output();
        NeedWord("from");
        var domain = Name();
        var where = TakeWord("where") ? Intersection() : null;
        string? orderBy = null;
        var isDescending = false;
        if (TakeWord("order"))
        {
            NeedWord("by");
            orderBy = Attribute();
            isDescending = TakeWord("desc");
            if (!isDescending)
                TakeWord("asc");
        }

        var limit = TakeWord("limit") ? int.Parse(Need(SelectTokenKind.Number), CultureInfo.InvariantCulture) : DefaultLimit;
        Need(SelectTokenKind.End);
        if (limit is < 1 or > MaxLimit)
            throw SdbFault.Query($"limit {limit} is not between 1 and {MaxLimit}.");
        return new SelectQuery(output, domain, where, orderBy, isDescending, limit);
    }

    private List<string>? Output()
    {
        if (TakeSign("*"))
            return null;
        if (Current is { Kind: SelectTokenKind.Name, Value: "count" } && tokens[at + 1].Value == "(")
        {
            at += 2;
            NeedSign("*");
            NeedSign(")");
            return [SelectQuery.Count];
        }

        var names = new List<string> { Attribute() };
        while (TakeSign(","))
            names.Add(Attribute());
        return names;
    }

    private SelectCondition Intersection()
    {
        var left = Or();
        while (TakeWord("intersection"))
            left = new SelectIntersection(left, Or());
        return left;
    }

    private SelectCondition Or()
    {
        var left = And();
        while (TakeWord("or"))
            left = new SelectBoth(left, And(), IsAnd: false);
        return left;
    }

    private SelectCondition And()
    {
        var left = Not();
        while (TakeWord("and"))
            left = new SelectBoth(left, Not(), IsAnd: true);
        return left;
    }

    private SelectCondition Not()
    {
        if (TakeWord("not"))
            return new SelectNot(Not());
        if (!TakeSign("("))
            return Comparison();
        var inner = Or();
        NeedSign(")");
        return inner;
    }

    private SelectCondition Comparison()
    {
        var isEvery = TakeWord("every");
        if (isEvery)
            NeedSign("(");
        var attribute = Attribute();
        if (isEvery)
            NeedSign(")");
        if (TakeWord("is"))
        {
            var mustBeNull = !TakeWord("not");
            NeedWord("null");
            return new SelectNullTest(attribute, mustBeNull);
        }

        return Fits() switch { var (fits, values) => new SelectComparison(attribute, isEvery, fits, values) };
    }

    private (Func<string, bool> Fits, int Values) Fits()
    {
        if (TakeWord("between"))
        {
            var low = Constant();
            NeedWord("and");
            var high = Constant();
            return (value => Compare(value, low) >= 0 && Compare(value, high) <= 0, 2);
        }

        if (TakeWord("in"))
            return In();
        var isNot = TakeWord("not");
        if (TakeWord("like"))
        {
            var like = Like(Constant());
            return (value => like.IsMatch(value) != isNot, 1);
        }

        var sign = isNot ? throw SdbFault.Query("'not' before a sign.") : Need(SelectTokenKind.Sign);
        var constant = Constant();
        return (sign switch
        {
            "=" => value => value == constant,
            "!=" => value => value != constant,
            "<" => value => Compare(value, constant) < 0,
            "<=" => value => Compare(value, constant) <= 0,
            ">" => value => Compare(value, constant) > 0,
            ">=" => value => Compare(value, constant) >= 0,
            _ => throw SdbFault.Query($"'{sign}' is no comparison."),
        }, 1);
    }

    private (Func<string, bool> Fits, int Values) In()
    {
        NeedSign("(");
        var values = new HashSet<string>(StringComparer.Ordinal) { Constant() };
        while (TakeSign(","))
            values.Add(Constant());
        NeedSign(")");
        if (values.Count > MaxValues)
            throw new SdbFault("InvalidNumberValueTests", 400, "Too many value tests per predicate in the query expression.");
        return (values.Contains, values.Count);
    }

    private static int Compare(string left, string right) => string.CompareOrdinal(left, right);

    private static Regex Like(string pattern) => new(
        $"^{string.Join(".*", Regex.Split(pattern, @"(?<!\\)%").Select(part => Regex.Escape(part.Replace(@"\%", "%", StringComparison.Ordinal))))}$",
        RegexOptions.Singleline | RegexOptions.CultureInvariant);

    private string Attribute()
    {
        if (Current is { Kind: SelectTokenKind.Name } && Current.Value.Equals("itemName", StringComparison.OrdinalIgnoreCase)
            && tokens[at + 1].Value == "(")
        {
            at += 2;
            NeedSign(")");
            return SelectQuery.ItemName;
        }

        return Name();
    }

    private string Name()
    {
        var token = Current;
        if (token.Kind != SelectTokenKind.QuotedName && (token.Kind != SelectTokenKind.Name || Reserved.Contains(token.Value)))
            throw SdbFault.Query($"a name should stand in the place of '{token.Value}'.");
        at++;
        return token.Value;
    }

    private string Constant() => Need(SelectTokenKind.Text);

    private string Need(SelectTokenKind kind) =>
        Current.Kind == kind ? tokens[at++].Value : throw SdbFault.Query($"'{Current.Value}' was not expected.");

    private void NeedWord(string word)
    {
        if (!TakeWord(word))
            throw SdbFault.Query($"'{word}' should stand in the place of '{Current.Value}'.");
    }

    private void NeedSign(string sign)
    {
        if (!TakeSign(sign))
            throw SdbFault.Query($"'{sign}' should stand in the place of '{Current.Value}'.");
    }

    private bool TakeWord(string word) => Take(SelectTokenKind.Name, word);

    private bool TakeSign(string sign) => Take(SelectTokenKind.Sign, sign);

    private bool Take(SelectTokenKind kind, string value)
    {
        if (Current.Kind != kind || !Current.Value.Equals(value, StringComparison.OrdinalIgnoreCase))
            return false;
        at++;
        return true;
    }
}
