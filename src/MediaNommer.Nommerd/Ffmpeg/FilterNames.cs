namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Finds the names of the filters in a filter graph.</summary>
internal static class FilterNames
{
    /// <summary>The names in <c>[0:v]scale=640:-2,drawtext=text='a,b'[v];…</c>: scale, drawtext.</summary>
    public static IEnumerable<string> In(string graph) =>
        Filters(graph).Select(NameOf).Where(name => name.Length > 0);

    private static IEnumerable<string> Filters(string graph)
    {
        var start = 0;
        var quoted = false;
        for (var at = 0; at < graph.Length; at++)
        {
            if (graph[at] == '\\')
                at++;
            else if (graph[at] == '\'')
                quoted = !quoted;
            else if (!quoted && graph[at] is ',' or ';')
            {
                yield return graph[start..at];
                start = at + 1;
            }
        }
        yield return graph[start..];
    }

    /// <summary>What stands after labels such as [0:v], and before = or @ or another label.</summary>
    private static string NameOf(string filter)
    {
        var text = filter.Trim();
        while (text.StartsWith('[') && text.IndexOf(']') is > 0 and var end)
            text = text[(end + 1)..].TrimStart();
        var stop = text.IndexOfAny(['=', '@', '[']);
        return (stop < 0 ? text : text[..stop]).Trim();
    }
}
