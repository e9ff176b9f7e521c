using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>One item as an answer gives it.</summary>
internal sealed record SelectFound(string Name, IReadOnlyList<(string Name, string Value)> Attributes);

/// <summary>One page of an answer.</summary>
internal sealed record SelectPage(IReadOnlyList<SelectFound> Items, string? NextToken);

/// <summary>Answers select expressions, one page at a time.</summary>
/// <param name="pageItems">The most items of a page, whatever the limit.</param>
/// <param name="pageBytes">The most bytes of a page.</param>
internal sealed class SelectRun(int pageItems, int pageBytes)
{
    public SelectPage Page(
        string expression, SelectQuery query, IEnumerable<KeyValuePair<string, System.Collections.Immutable.ImmutableSortedSet<(string Name, string Value)>>> items,
        string? nextToken)
    {
        var after = nextToken is null ? null : ReadToken(nextToken, expression);
        var rows = items
            .Where(item => query.Where?.IsMetBy(item.Key, item.Value.ToLookup(pair => pair.Name, pair => pair.Value)) ?? true)
            .Select(item => (item.Key, item.Value, Place: PlaceOf(query, item.Key, item.Value)))
            .OrderBy(row => row.Place, Order(query.IsDescending))
            .SkipWhile(row => after is not null && Order(query.IsDescending).Compare(row.Place, after) <= 0);

        var found = new List<SelectFound>();
        var bytes = 0;
        string[]? last = null;
        foreach (var row in rows)
        {
            var one = new SelectFound(row.Key, [.. row.Value.Where(pair => IsWanted(query, pair.Name))]);
            bytes += one.Attributes.Sum(pair => pair.Name.Length + pair.Value.Length) + row.Key.Length;
            if (found.Count == Math.Min(query.Limit, pageItems) || (found.Count > 0 && bytes > pageBytes))
                return new SelectPage(Answer(query, found), Token(last!, expression));
            found.Add(one);
            last = row.Place;
        }

        return new SelectPage(Answer(query, found), NextToken: null);
    }

    /// <summary>A token that leads to the beginning again: that of a page which stayed empty because time ran out.</summary>
    public static string TokenOfStart(string expression) => Token([], expression);

    private static IReadOnlyList<SelectFound> Answer(SelectQuery query, List<SelectFound> found) =>
        query.Output is [SelectQuery.Count]
            ? [new SelectFound("Domain", [("Count", found.Count.ToString(CultureInfo.InvariantCulture))])]
            : found;

    private static bool IsWanted(SelectQuery query, string attribute) =>
        query.Output is null || query.Output.Contains(attribute);

    // Where nothing is said of the order it is none that anybody may rely on.
    private static string[] PlaceOf(SelectQuery query, string name, IEnumerable<(string Name, string Value)> pairs) =>
        query.OrderBy switch
        {
            null => [Hash(name), name],
            SelectQuery.ItemName => [name, name],
            var by => [pairs.First(pair => pair.Name == by).Value, name],
        };

    private static Comparer<string[]> Order(bool isDescending) => Comparer<string[]>.Create((left, right) =>
    {
        if (left.Length == 0 || right.Length == 0)
            return left.Length.CompareTo(right.Length);
        var first = string.CompareOrdinal(left[0], right[0]);
        var order = first != 0 ? first : string.CompareOrdinal(left[1], right[1]);
        return isDescending ? -order : order;
    });

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Token(string[] place, string expression) =>
        Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes<string[]>([Hash(expression), .. place]));

    private static string[] ReadToken(string token, string expression)
    {
        try
        {
            var parts = JsonSerializer.Deserialize<string[]>(Convert.FromBase64String(token))!;
            if (parts[0] == Hash(expression))
                return parts[1..];
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // Said below.
        }

        throw new SdbFault("InvalidNextToken", 400, "The specified next token is not valid.");
    }
}
