using System.Globalization;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>
/// Long texts in items of their own beside the job that they belong to. They are written first, under a name that
/// nobody used before, and count for nothing until the job's item names them; what it never named, or names no longer,
/// goes with the job at the latest.
/// </summary>
internal sealed class SideTexts(SdbDomain jobs)
{
    private const int ValuesPerItem = 200;

    // 800 KB, of the 1 MB that one request may have.
    private const int ItemsPerWrite = 4;

    /// <summary>Writes a text.</summary>
    /// <param name="job">The name of the job's item.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>Its reference, to be kept in the job's item.</returns>
    public async Task<string> WriteAsync(string job, string text, CancellationToken cancellation)
    {
        var parts = SdbText.Split(text).Index().Chunk(ValuesPerItem).ToList();
        var reference = string.Create(CultureInfo.InvariantCulture, $"{SdbName.NewToken()}/{parts.Count}");
        var items = parts.Zip(
            ItemNames(job, reference),
            (part, name) => (name, (IReadOnlyList<SdbAttribute>)
            [
                new SdbAttribute(JobAttributes.Job, job),
                .. part.Select(value => new SdbAttribute(SdbText.Name("text", value.Index), value.Item)),
            ]));
        foreach (var batch in items.Chunk(ItemsPerWrite))
            await jobs.PutTogetherAsync(batch, cancellation);
        return reference;
    }

    /// <summary>The text of a reference, or null when it is there no longer.</summary>
    public async Task<string?> ReadAsync(string job, string reference, CancellationToken cancellation)
    {
        var items = await Task.WhenAll(
            ItemNames(job, reference).Select(name => jobs.GetAsync(name, cancellation)));
        return SdbText.Join(i => items.ElementAtOrDefault(i / ValuesPerItem)?[SdbText.Name("text", i)]);
    }

    /// <summary>Deletes the text of a reference.</summary>
    public Task DeleteAsync(string job, string reference, CancellationToken cancellation) =>
        jobs.DeleteItemsAsync(ItemNames(job, reference), cancellation);

    private static IEnumerable<string> ItemNames(string job, string reference)
    {
        var slash = reference.IndexOf('/', StringComparison.Ordinal);
        var count = int.Parse(reference.AsSpan(slash + 1), CultureInfo.InvariantCulture);
        return Enumerable.Range(0, count)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{job}/{reference[..slash]}/{i}"));
    }
}
