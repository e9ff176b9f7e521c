namespace MediaNommer.Core.Storage;

/// <summary>
/// An output that still lies on the worker's disk, for a server that cannot move files: the PUT that sends it is what
/// promotes it. A run that is frozen in the middle of that PUT may still end it later; all that can be done is to ask
/// before each try whether the run still holds its step.
/// </summary>
internal sealed class HttpStagedOutput(HttpUpload upload, HttpAddress dest, Transfer transfer) : IStagedOutput
{
    /// <inheritdoc/>
    public Task PromoteAsync(Func<CancellationToken, Task> confirm, CancellationToken cancellation) =>
        transfer.RunAsync(
            async token =>
            {
                await confirm(cancellation);
                await upload.PutAsync(dest, token);
                return true;
            },
            dest.GiveUp, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
