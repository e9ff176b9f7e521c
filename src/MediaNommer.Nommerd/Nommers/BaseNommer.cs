using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;

namespace MediaNommer.Nommerd.Nommers;

/// <summary>
/// A nommer whose every part can be overridden, as that of 2011: how the source is fetched, what is done with it, how the
/// output reaches its destination, and what else happens when the job changes its state. Unless overridden, each part does
/// what the worker always does; call <c>base</c> to add to that.
/// </summary>
public abstract class BaseNommer : INommer
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual Task DownloadAsync(
        NommerTask task, Func<CancellationToken, Task> fetch, CancellationToken cancellation) => fetch(cancellation);

    /// <inheritdoc/>
    public abstract Task<NommerResult> RunAsync(
        NommerTask task, IProgress<StepProgress> progress, CancellationToken graceful, CancellationToken forceful);

    /// <inheritdoc/>
    public virtual Task<IStagedOutput> UploadAsync(
        NommerTask task, Func<CancellationToken, Task<IStagedOutput>> stage, CancellationToken cancellation) =>
        stage(cancellation);

    /// <inheritdoc/>
    public virtual Task StateChangedAsync(NommerTask task, JobState state, CancellationToken cancellation) =>
        Task.CompletedTask;

    /// <inheritdoc/>
    public virtual Task EndedAsync(
        NommerTask task, RunOutcome outcome, string message, CancellationToken cancellation) => Task.CompletedTask;
}
