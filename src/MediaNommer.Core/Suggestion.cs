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

    /// <summary>Levenshtein's distance: insertions, deletions and replacements.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
