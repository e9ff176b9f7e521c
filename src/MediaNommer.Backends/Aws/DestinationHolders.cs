namespace MediaNommer.Backends.Aws;

/// <summary>The jobs that hold one destination, as the text of one attribute: several only where they may share it.</summary>
internal static class DestinationHolders
{
    // So that an item stays small, and a look at it, when very many jobs write over each other.
    private const int Most = 20;

    /// <summary>The text for a job that comes to others.</summary>
    public static string Write(IEnumerable<string> others, string jobId) =>
        string.Join(',', others.Where(other => other != jobId).Take(Most - 1).Append(jobId));

    /// <summary>Those of the holders that have not ended.</summary>
    public static async Task<IReadOnlyList<string>> UnfinishedAsync(string holders, Func<string, Task<bool>> isUnfinished)
    {
        var unfinished = new List<string>();
        foreach (var id in holders.Split(','))
        {
            if (await isUnfinished(id))
                unfinished.Add(id);
        }

        return unfinished;
    }
}
