namespace MediaNommer.Core.Storage;

/// <summary>
/// An output that still lies on the worker's disk, for a server that cannot move files: the PUT that sends it is what
/// promotes it. A run that is frozen in the middle of that PUT may still end it later; all that can be done is to ask
/// before each try whether the run still holds its step.
/// </summary>
internal sealed class HttpStagedOutput(
    HttpUpload upload, HttpAddress dest, HttpOccupancy occupancy, Transfer transfer) : IStagedOutput
{
    /// <inheritdoc/>
    public bool IsMarked => false;

    /// <inheritdoc/>
    public async Task PromoteAsync(Func<CancellationToken, Task> confirm, CancellationToken cancellation)
    {
        long? sent = null;
        await transfer.RunAsync(
            async token =>
            {
                var onlyNew = await occupancy.RequireFreeAsync(sent, token);
                await confirm(cancellation);
                var before = sent;
                sent = upload.Length;
                // An earlier try may have put it there, and its answer got lost.
                return await upload.PutAsync(dest, onlyNew, token) || (before is not null
                    && await occupancy.LookAsync(before, token) == Occupant.Ours) ? true : throw occupancy.Exists();
            },
            dest.GiveUp, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
