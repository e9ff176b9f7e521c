namespace MediaNommer.Core;

/// <summary>Finds the name that somebody most likely meant, for messages that end in "did you mean …?".</summary>
internal static class Suggestion
{
    /// <summary>" Did you mean 'x'?" with a leading space, or nothing when no known name is near.</summary>
    public static string For(string name, IEnumerable<string> known)
    {
        var nearest = Nearest(name, known);
        return nearest is null ? "" : $" Did you mean '{nearest}'?";
    }

    /// <summary>The nearest known name that a slip of the pen or two explains, or null.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        if (name.Length > 64)
            return null;
        var (nearest, distance) = known
            .Select(candidate => (candidate, distance: Distance(Simplify(name), Simplify(candidate))))
            .DefaultIfEmpty((candidate: "", distance: int.MaxValue))
            .MinBy(pair => pair.distance);
        return distance <= Math.Max(1, nearest.Length / 3) ? nearest : null;
    }

    // "apiKeys", "api_keys" and "API-KEYS" are the same slip.
    private static string Simplify(string name) =>
        string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    /// <summary>How many letters must be inserted, deleted, replaced or swapped with the next one.</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
                rows[i, j] = i == 0 || j == 0 ? i + j : Cheapest(i, j);
        }

        return rows[a.Length, b.Length];

        int Cheapest(int i, int j)
        {
            var replaced = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            var cheapest = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
            return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                ? Math.Min(cheapest, rows[i - 2, j - 2] + 1)
                : cheapest;
        }
    }
}
