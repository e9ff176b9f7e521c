using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Feederd.Api;

/// <summary>
/// What feederd itself can tell of a job's addresses, before any worker sees them. What it cannot see, because a file
/// system or server does not answer, is for the worker to find out.
/// </summary>
internal sealed class JobAddresses(
    MediaStorages storages, SecretBox secrets, AddressGuard guard, FileLooks looks, JobsOptions settings)
{
    /// <summary>For jobs that do not say it.</summary>
    public IfExists IfExists { get; } = IfExistsNames.TryParse(settings.IfExists, out var choice) ? choice : IfExists.Fail;

    /// <summary>Refuses addresses that jobs may not use.</summary>
    /// <exception cref="JobRequestException">One of them may not be used.</exception>
    public async Task RequireAllowedAsync(string source, string dest, CancellationToken cancellation)
    {
        // Side by side, so that one mount that hangs is waited for once.
        var refusalOfDest = RefusalAsync(() => guard.RefusalOfDest(dest), cancellation);
        await RequireSourceAsync(source, cancellation);
        RequireAllowed(await refusalOfDest, "dest_path");
    }

    /// <summary>The same job with what stands for its destination in whatever spelling.</summary>
    /// <param name="spec">The job.</param>
    /// <param name="mustBeFree">Whether a job that is to fail when its destination exists is refused when it does.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="JobRequestException">The destination has no name that can be one.</exception>
    /// <exception cref="ApiException">The destination exists.</exception>
    public async Task<JobSpec> NameAsync(JobSpec spec, bool mustBeFree, CancellationToken cancellation)
    {
        var dest = spec.Dest.Reveal(secrets);
        var key = await KeyAsync(dest, cancellation);
        if (key is not null && mustBeFree && spec.IfExists == IfExists.Fail && await ExistsAsync(dest, cancellation))
            throw new ApiException(
                StatusCodes.Status409Conflict, MediaStorageErrors.DestExists,
                MediaStorageException.DestExists(spec.Dest.Display).Message, "dest_path");
        return spec with { DestKey = key ?? storages.KeyOfText(dest) };
    }

    /// <summary>Refuses a source that may not be read.</summary>
    /// <exception cref="JobRequestException">It may not be read.</exception>
    public async Task RequireSourceAsync(string address, CancellationToken cancellation) =>
        RequireAllowed(await RefusalAsync(() => guard.RefusalOfSource(address), cancellation), "source_path");

    private static void RequireAllowed(string? refusal, string field)
    {
        if (refusal is not null)
            throw new JobRequestException(JobRequestErrors.NotAllowed, field, $"{field} cannot be used: {refusal}");
    }

    private Task<string?> RefusalAsync(Func<string?> judge, CancellationToken cancellation) =>
        TrySeeAsync(_ => Task.FromResult(judge()), null, cancellation);

    private async Task<string?> KeyAsync(string dest, CancellationToken cancellation)
    {
        try
        {
            return await TrySeeAsync(_ => Task.FromResult<string?>(storages.KeyOf(dest)), null, cancellation);
        }
        catch (MediaStorageException e)
        {
            throw new JobRequestException(JobRequestErrors.BadAddress, "dest_path", e.Message);
        }
    }

    private async Task<bool> ExistsAsync(string dest, CancellationToken cancellation)
    {
        try
        {
            return await TrySeeAsync(token => storages.For(dest).ExistsAsync(dest, token), false, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested
            && e is MediaStorageException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Looks, and says what is to be taken for true when it cannot be seen from here.</summary>
    private async Task<T> TrySeeAsync<T>(Func<CancellationToken, Task<T>> look, T unseen, CancellationToken cancellation)
    {
        try
        {
            return await looks.RunAsync(look, cancellation);
        }
        catch (TimeoutException)
        {
            return unseen;
        }
    }
}
