using MediaNommer.Core.Jobs;

namespace MediaNommer.Feederd.Api;

/// <summary>Lists jobs, for the original API and today's alike.</summary>
internal sealed class JobListing(IJobStore store, TimeProvider clock)
{
    /// <summary>Beyond so many, an answer would do nobody any good; the rest follows page by page.</summary>
    private const int MostUnfinished = 10_000;

    // The store looks at a bounded number of jobs per call. A rare text may need many calls; we make them for a while.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>One page, as full as can be had in half a second.</summary>
    public async Task<JobPage> ReadAsync(JobQuery query, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var page = await store.ListAsync(query, cancellation);
        if (page.Cursor is null || page.Jobs.Count >= query.Limit)
            return page;
        var jobs = page.Jobs.ToList();
        while (page.Cursor is not null && jobs.Count < query.Limit && clock.GetElapsedTime(started) < Patience)
        {
            page = await store.ListAsync(
                query with { Cursor = page.Cursor, Limit = query.Limit - jobs.Count }, cancellation);
            jobs.AddRange(page.Jobs);
        }

        return page with { Jobs = jobs };
    }

    /// <summary>A page, and the unfinished jobs that it does not hold: the original listed all of those.</summary>
    /// <param name="page">The newest jobs.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<JobPage> WithUnfinishedAsync(JobPage page, CancellationToken cancellation)
    {
        var jobs = page.Jobs.ToDictionary(job => job.Id);
        foreach (var state in Enum.GetValues<JobState>().Where(state => !state.IsFinished()))
        {
            var query = new JobQuery { State = state, Limit = JobQuery.MaxLimit };
            do
            {
                var more = await store.ListAsync(query, cancellation);
                foreach (var job in more.Jobs)
                    jobs[job.Id] = job;
                query = query with { Cursor = more.Cursor };
            }
            while (query.Cursor is not null && jobs.Count < MostUnfinished);
        }

        return page with { Jobs = [.. jobs.Values.OrderByDescending(job => job.Id, StringComparer.Ordinal)] };
    }

    /// <summary>Puts a query together from texts as they came.</summary>
    /// <exception cref="ApiException">One of them is not possible; names it.</exception>
    public static JobQuery QueryFrom(
        string? state, string stateField, string? label, string? text, int? limit, string? cursor) => new()
    {
        State = ReadState(state, stateField),
        Label = string.IsNullOrEmpty(label) ? null : label,
        Text = string.IsNullOrEmpty(text) ? null : text,
        Limit = limit ?? 50,
        Cursor = ReadCursor(cursor),
    };

    private static JobState? ReadState(string? name, string field)
    {
        if (string.IsNullOrEmpty(name))
            return null;
        return JobStates.TryParse(name, out var state)
            ? state
            : throw ApiException.BadInput(
                field, $"{field} is not a state of a job; possible: {string.Join(", ", JobStates.WireNames)}.");
    }

    private static string? ReadCursor(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
            return null;
        return cursor.Length == 32 && cursor.All(char.IsAsciiHexDigitLower)
            ? cursor
            : throw ApiException.BadInput("cursor", "cursor is not one that an earlier page has given.");
    }
}
