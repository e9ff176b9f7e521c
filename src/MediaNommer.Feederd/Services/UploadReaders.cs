using MediaNommer.Core.Jobs;

namespace MediaNommer.Feederd.Services;

/// <summary>Finds jobs whose source is an upload.</summary>
internal sealed class UploadReaders(IJobStore store)
{
    private static readonly JobState?[] Unfinished =
        [.. Enum.GetValues<JobState>().Where(state => !state.IsFinished()).Cast<JobState?>()];

    /// <summary>A job that has not ended yet and reads the upload, or null.</summary>
    public Task<Job?> FindUnfinishedAsync(string uploadId, CancellationToken cancellation) =>
        FindAsync(uploadId, Unfinished, cancellation);

    /// <summary>Any job that is kept and names the upload, or null.</summary>
    public Task<Job?> FindAsync(string uploadId, CancellationToken cancellation) => FindAsync(uploadId, [null], cancellation);

    private async Task<Job?> FindAsync(string uploadId, JobState?[] states, CancellationToken cancellation)
    {
        foreach (var state in states)
        {
            var query = new JobQuery { State = state, Text = uploadId, Limit = 1 };
            // A page may be short, or even empty, and still not be the last.
            do
            {
                var page = await store.ListAsync(query, cancellation);
                if (page.Jobs.FirstOrDefault(job => job.Spec.Source.Display.Contains(uploadId, StringComparison.OrdinalIgnoreCase)) is { } found)
                    return found;
                query = query with { Cursor = page.Cursor };
            }
            while (query.Cursor is not null);
        }

        return null;
    }
}
