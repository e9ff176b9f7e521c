using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Feederd.Api;

/// <summary>What feederd itself can tell of a job's destination, before any worker sees it.</summary>
internal sealed class Destinations(MediaStorages storages, SecretBox secrets, JobsOptions settings, TimeProvider clock)
{
    // A server that is slow to say keeps nobody waiting: the worker asks again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>For jobs that do not say it.</summary>
    public IfExists IfExists { get; } = IfExistsNames.TryParse(settings.IfExists, out var choice) ? choice : IfExists.Fail;

    /// <summary>The same job with what stands for its destination in whatever spelling.</summary>
    /// <exception cref="JobRequestException">The destination has no name that can be one.</exception>
    public JobSpec Name(JobSpec spec)
    {
        try
        {
            return spec with { DestKey = storages.KeyOf(spec.Dest.Reveal(secrets)) };
        }
        catch (MediaStorageException e)
        {
            throw new JobRequestException(JobRequestErrors.BadAddress, "dest_path", e.Message);
        }
    }

    /// <summary>Refuses a job that is to fail when its destination exists, where feederd can see that it does.</summary>
    /// <exception cref="ApiException">It exists.</exception>
    public async Task RequireFreeAsync(JobSpec spec, CancellationToken cancellation)
    {
        if (spec.IfExists == IfExists.Fail && await ExistsAsync(spec.Dest.Reveal(secrets), cancellation))
            throw new ApiException(
                StatusCodes.Status409Conflict, MediaStorageErrors.DestExists,
                MediaStorageException.DestExists(spec.Dest.Display).Message, "dest_path");
    }

    private async Task<bool> ExistsAsync(string dest, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            return await Task.Run(() => storages.For(dest).ExistsAsync(dest, either.Token), either.Token).WaitAsync(either.Token);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested
            && e is MediaStorageException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            // What feederd cannot see is for the worker to find out.
            return false;
        }
    }
}
