using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;

namespace MediaNommer.Nommerd.Nommers;

/// <summary>
/// An encoding workflow. The worker has fetched the source into the work folder, and puts the output in place
/// afterwards; the nommer turns the one into the other. One instance serves all jobs of a worker, several at a time.
/// </summary>
public interface INommer
{
    /// <summary>The short name that jobs use, in lower case, for example <c>ffmpeg</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Runs one step of a job.
    /// </summary>
    /// <param name="task">What to do.</param>
    /// <param name="progress">Takes how far the nommer is; <see cref="StepProgress.Fraction"/> from 0 to 1 over its own work.</param>
    /// <param name="graceful">Ask the work to stop; partial results are thrown away.</param>
    /// <param name="forceful">Stop at once, by force.</param>
    /// <returns>What came of it. A failure of the work is a result, not an exception.</returns>
    /// <exception cref="OperationCanceledException">One of the two tokens stopped it.</exception>
    Task<NommerResult> RunAsync(
        NommerTask task, IProgress<StepProgress> progress, CancellationToken graceful, CancellationToken forceful);

    /// <summary>Brings the source to <see cref="NommerTask.SourcePath"/>; before <see cref="RunAsync"/>.</summary>
    /// <param name="task">The job; source and output are not there yet.</param>
    /// <param name="fetch">Fetches it from the job's source, as the worker always does.</param>
    /// <param name="cancellation">Set when the run must end.</param>
    Task DownloadAsync(NommerTask task, Func<CancellationToken, Task> fetch, CancellationToken cancellation) => fetch(cancellation);

    /// <summary>
    /// Brings the output beside its destination; after <see cref="RunAsync"/> succeeded. The worker then puts it in place,
    /// if the run is still the job's current one.
    /// </summary>
    /// <param name="task">The job; the output is at <see cref="NommerTask.OutputPath"/>.</param>
    /// <param name="stage">Does so, as the worker always does, and gives what is to be returned.</param>
    /// <param name="cancellation">Set when the run must end.</param>
    Task<IStagedOutput> UploadAsync(
        NommerTask task, Func<CancellationToken, Task<IStagedOutput>> stage, CancellationToken cancellation) => stage(cancellation);

    /// <summary>Told when a run enters a state: DOWNLOADING, ENCODING, UPLOADING. What it throws is logged, no more.</summary>
    Task StateChangedAsync(NommerTask task, JobState state, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// Told how a run ended, after that was written; a failed one may be followed by another attempt. What it throws is
    /// logged, no more.
    /// </summary>
    Task EndedAsync(NommerTask task, RunOutcome outcome, string message, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>What a nommer is given.</summary>
public sealed record NommerTask
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The step of the job.</summary>
    public string Step { get; init; } = JobStep.Encode;

    /// <summary>The attempt, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The passes and their options.</summary>
    public required EncodeOptions Options { get; init; }

    /// <summary>A folder for this run alone; everything the nommer reads and writes is in it. Removed afterwards.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>The source, a file (or a link to one) in the work folder.</summary>
    public required string SourcePath { get; init; }

    /// <summary>Where to write the output: in the work folder, with the ending of the destination.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Accept an output that is shorter than the source says.</summary>
    public bool AllowTruncated { get; init; }

    /// <summary>Takes what the source is, as soon as the nommer knows; it is shown with the job.</summary>
    public Action<SourceFacts> OnSource { get; init; } = _ => { };

    /// <summary>Where a nommer may say how its log can be read while it works; what that shows is kept when a run is stopped.</summary>
    public RunLog Log { get; init; } = new();

    /// <summary>Keep all of the source's metadata where the options leave that open.</summary>
    public bool KeepMetadata { get; init; }

    /// <summary>Verify the output: readable, the expected streams, the expected length.</summary>
    public bool Verify { get; init; } = true;
}

/// <summary>What came of a run.</summary>
public sealed record NommerResult
{
    /// <summary>True when the output is there and good.</summary>
    public required bool Succeeded { get; init; }

    /// <summary>One sentence: why it failed, or what was made.</summary>
    public string Message { get; init; } = "";

    /// <summary>After a failure: true when another run may succeed.</summary>
    public bool IsTransient { get; init; }

    /// <summary>
    /// After a failure: true when the source seems to be to blame, for example because it is cut off. One that is still
    /// being written to is then waited for.
    /// </summary>
    public bool BlamesSource { get; init; }

    /// <summary>After success: facts about the output.</summary>
    public OutputFacts? Output { get; init; }

    /// <summary>What it decided on the way, in sentences for the job's history; often empty.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the programs printed; its end is kept with the job.</summary>
    public string Log { get; init; } = "";
}
