using System.Diagnostics;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Nommers;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Worker;

/// <summary>What all runs of a worker use.</summary>
internal sealed record RunParts(
    JobLifecycle Lifecycle, IMessageQueue Queue, LazyMessages Lazy, MediaStorages Storages, StorageCalls Calls, SecretBox Secrets,
    NommerCatalog Nommers, WorkFolders Folders, NommerOptions Options, TimeProvider Clock, ILogger<JobRun> Logger);

/// <summary>
/// One run of one claimed step, from the source to the promoted output. Why it ended is typed: a worker that goes down
/// or a lost lease is never written down as a failure of the job.
/// </summary>
internal sealed partial class JobRun(StepClaim claim, QueueMessage message, RunParts parts)
{
    /// <summary>An upload that takes longer is a state of its own.</summary>
    private static readonly TimeSpan LongUpload = TimeSpan.FromMilliseconds(200);

    private const double MostSeconds = 1e9;

    private readonly RunStop stop = new(
        parts.Clock, e => Log.StopFailed(parts.Logger, e, claim.Job.Id, claim.Attempt));

    private readonly LeaseKeeper lease = new(
        claim, message, parts.Lifecycle, parts.Queue, parts.Options, parts.Clock, parts.Logger);

    private readonly JobSpec spec = claim.Job.Spec;
    private readonly long startedAt = parts.Clock.GetTimestamp();
    private readonly RunLog running = new();
    private string log = "";
    private NommerHooks? hooks;
    private long? sourceSize;
    private string? sourceInFolder;
    private bool prepared = claim.Attempt == 1;

    public string JobId => claim.Job.Id;

    /// <summary>The run as the node's heartbeat shows it.</summary>
    public RunningStep Describe() =>
        new() { JobId = JobId, Step = claim.StepName, Progress = lease.Progress.Fraction };

    /// <summary>How long the run is likely to go on, or null when that cannot be told yet.</summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            var progress = lease.Progress;
            // Early on, what a download took says nothing about what the encoding will take.
            if (progress.SecondsLeft is null && progress.Fraction < 0.5)
                return null;
            var byShare = parts.Clock.GetElapsedTime(startedAt).TotalSeconds * (1 - progress.Fraction) / Math.Max(progress.Fraction, 0.01);
            return TimeSpan.FromSeconds(Math.Min(Math.Max(byShare, progress.SecondsLeft ?? 0), MostSeconds));
        }
    }

    /// <summary>Ends the run early: the reason decides what becomes of the job. The first reason stands.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="details">The same in a sentence, for the job's history.</param>
    public void Stop(RunOutcome reason, string details = "") => stop.Begin(reason, details);

    /// <summary>Works the step off. Never throws; every end is written to the store or deliberately not written.</summary>
    public async Task<RunOutcome> RunAsync()
    {
        using var keeping = new CancellationTokenSource();
        var keeper = lease.RunAsync(
            directive => Stop(directive == RunDirective.Cancel ? RunOutcome.Cancelled : RunOutcome.LeaseLost),
            keeping.Token);
        var folder = "";
        var work = Task.FromResult(new RunResult { Outcome = RunOutcome.Failed });
        RunResult result;
        try
        {
            folder = parts.Folders.Create(JobId, claim.StepName, claim.Attempt);
            work = Task.Run(() => WorkAsync(folder));
            result = await work.WaitAsync(stop.GivingUp);
        }
        catch (Exception e)
        {
            result = Explain(e);
        }

        // A run that is left behind may be in the middle of putting its output in place.
        result = LostFolder.OrAsIs(result, sourceInFolder) with { IsClean = work.IsCompleted && prepared };

        if (!await TryCompleteAsync(result))
            result = result with { Outcome = RunOutcome.LeaseLost };
        if (hooks is not null)
            await hooks.EndedAsync(result.Outcome, result.Message);
        await keeping.CancelAsync();
        await keeper;
        if (folder.Length > 0)
            parts.Folders.Remove(folder);
        stop.Dispose();
        Log.Ended(
            parts.Logger, result.Outcome == RunOutcome.Failed ? LogLevel.Warning : LogLevel.Information, JobId, claim.Attempt,
            result.Outcome, result.Message);
        return result.Outcome;
    }

    private async Task<RunResult> WorkAsync(string folder)
    {
        var started = Stopwatch.GetTimestamp();
        var (sourceAddress, destAddress) = (spec.Source.Reveal(parts.Secrets), spec.Dest.Reveal(parts.Secrets));
        var source = parts.Storages.For(sourceAddress);
        var tag = new OutputTag(JobId, claim.Attempt) { IfExists = spec.IfExists, EarlierSize = claim.Step.Promoting };
        var share = ProgressShare.For(spec);

        await parts.Calls.PrepareAsync(destAddress, spec.Dest.ToString(), tag, stop.Graceful);
        prepared = true;
        var inPlace = await SourceInPlace.LookAsync(parts, sourceAddress, spec.Source.ToString(), stop.Graceful);
        var time = new SourceTime(spec, source, parts.Clock);
        await time.AskAsync(sourceAddress, inPlace, stop.Graceful);
        parts.Storages.RequireApart(sourceAddress, destAddress);
        var task = NewTask(folder, MediaUri.FileEndingOf(sourceAddress), MediaUri.FileEndingOf(destAddress));
        var nommer = FindNommer();
        hooks = new NommerHooks(nommer, task, parts.Clock, parts.Logger);
        await hooks.DownloadAsync(token => FetchAsync(source, sourceAddress, task.SourcePath, share, token), stop.Graceful);
        time.TakeFrom(task.SourcePath);
        sourceSize = inPlace?.Size ?? new FileInfo(task.SourcePath).Length;
        using var held = source.Hold(task.SourcePath);
        await EnterAsync(JobState.Encoding);
        await hooks.ChangedAsync(JobState.Encoding);

        var nommed = await NomAsync(nommer, task, share);
        if (!nommed.Succeeded)
        {
            // A nommer may answer a stop by a failure instead of an exception: that is not the job's fault.
            stop.Graceful.ThrowIfCancellationRequested();
            if (inPlace is not null && nommed.BlamesSource)
                await inPlace.RequireSettledAsync(stop.Graceful);
            return new() { Outcome = RunOutcome.Failed, Message = nommed.Message, IsTransient = nommed.IsTransient, Notes = nommed.Notes };
        }

        // What was fetched whole is ours; its address may have expired meanwhile.
        if (inPlace is not null)
            await inPlace.RequireUnchangedAsync(stop.Graceful);

        time.GiveTo(task.OutputPath);
        var revision = await DeliverAsync(
            hooks, task.OutputPath, destAddress, tag, share, () => parts.Storages.RequireApart(sourceAddress, destAddress));
        return RunEnding.Finished(nommed, revision, parts.Options.Jobs.Verify, Stopwatch.GetElapsedTime(started));
    }

    private async Task FetchAsync(
        IMediaStorage source, string address, string path, ProgressShare share, CancellationToken cancellation)
    {
        var room = new DownloadRoom(parts.Folders, spec.Source.ToString(), parts.Options.Nommerd.MinFreeDiskBytes);
        var progress = new Sink<TransferProgress>(p =>
        {
            // What could be asked for its size was admitted with it.
            if (!source.AllowsStat || p.Total is null)
                room.Require(p);
            lease.Progress = share.Downloading(p);
        });
        await source.FetchAsync(address, path, progress, cancellation);
        sourceInFolder = path;
    }

    private INommer FindNommer() => parts.Nommers.Find(spec.Options.Nommer)
        ?? throw new InvalidOperationException($"The nommer '{spec.Options.Nommer}' went away.");

    private NommerTask NewTask(string folder, string sourceEnding, string outputEnding) => new()
    {
        JobId = JobId,
        Step = claim.StepName,
        Attempt = claim.Attempt,
        Options = spec.Options,
        WorkFolder = folder,
        SourcePath = Path.Combine(folder, "source" + sourceEnding),
        OutputPath = Path.Combine(folder, "output" + outputEnding),
        AllowTruncated = spec.AllowTruncated,
        KeepMetadata = spec.KeepMetadata,
        Verify = parts.Options.Jobs.Verify,
        Log = running,
        OnSource = facts => lease.Source = facts with { Size = facts.Size ?? sourceSize },
    };

    private async Task<NommerResult> NomAsync(INommer nommer, NommerTask task, ProgressShare share)
    {
        var progress = new Sink<StepProgress>(p => lease.Progress = share.Encoding(p));
        lease.RunningLog = running.Read;
        var result = await nommer.RunAsync(task, progress, stop.Graceful, stop.Forceful);
        log = result.Log;
        if (result.Succeeded && !File.Exists(task.OutputPath))
            return new() { Succeeded = false, Message = $"The nommer '{nommer.Name}' made no output.", Log = result.Log };
        // The revision, by which the output is known again, is kept with what is known of it.
        return result.Succeeded
            ? result with { Output = result.Output ?? new OutputFacts { Size = new FileInfo(task.OutputPath).Length } }
            : result;
    }

    /// <summary>
    /// Shows an upload that lasts as a state of its own. A file that is merely moved is there sooner than that could be
    /// written; its history gets the line with the end of the run.
    /// </summary>
    private async Task<IStagedOutput> UploadAsync(Task<IStagedOutput> upload)
    {
        if (await Task.WhenAny(upload, Task.Delay(LongUpload, parts.Clock, stop.Forceful)) == upload)
            return await upload;
        try
        {
            await EnterAsync(JobState.Uploading);
        }
        catch (Exception e) when (e is BackendUnavailableException or OperationCanceledException)
        {
            // A run that was stopped ends its upload by the same token; a store that is away is asked again before
            // the output is put in place.
        }

        return await upload;
    }

    /// <summary>Brings the output to its destination.</summary>
    /// <returns>Its revision there, or null.</returns>
    private async Task<string?> DeliverAsync(
        NommerHooks around, string path, string dest, OutputTag tag, ProgressShare share, Action requireApart)
    {
        var size = new FileInfo(path).Length;
        var progress = new Sink<TransferProgress>(p => lease.Progress = share.Uploading(p));
        await using var staged = await UploadAsync(around.UploadAsync(
            token => parts.Storages.For(dest).StageAsync(path, dest, tag, progress, token), stop.Graceful));
        if (spec.IfExists != IfExists.Overwrite && !staged.IsMarked)
            Obey(await lease.AnnounceAsync(size, stop.Graceful));
        await staged.PromoteAsync(
            async token =>
            {
                requireApart();
                Obey(await lease.ConfirmAsync(token));
            },
            stop.Graceful);
        return staged.Revision;
    }

    private async Task EnterAsync(JobState state)
    {
        if (claim.Step.State != state)
            Obey(await lease.EnterAsync(state, stop.Graceful));
    }

    private void Obey(RunDirective directive)
    {
        if (directive == RunDirective.Continue)
            return;
        Stop(directive == RunDirective.Cancel ? RunOutcome.Cancelled : RunOutcome.LeaseLost);
        stop.Graceful.ThrowIfCancellationRequested();
    }

    private RunResult Explain(Exception e)
    {
        if (RunEnding.Of(stop, e, spec) is { } known)
            return known;
        // Anything else is a defect of ours or of a plug-in, or a full disk: named, logged, and worth another run.
        Log.Crashed(parts.Logger, e, JobId, claim.Attempt);
        return new() { Outcome = RunOutcome.Failed, Message = $"{e.GetType().Name}: {e.Message}", IsTransient = true };
    }

    private async Task<bool> TryCompleteAsync(RunResult result)
    {
        try
        {
            return await lease.CompleteAsync(result with { Source = lease.Source }, log.Length > 0 ? log : running.Read());
        }
        catch (Exception e)
        {
            // Nothing may escape from here: the lease must not be kept for a run that is over.
            Log.NotCompleted(parts.Logger, e, JobId, claim.Attempt, result.Outcome);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 50, Message = "Job {JobId}, attempt {Attempt}: {Outcome}. {Reason}")]
        public static partial void Ended(
            ILogger logger, LogLevel level, string jobId, int attempt, RunOutcome outcome, string reason);

        [LoggerMessage(54, LogLevel.Error, "Job {JobId}, attempt {Attempt}: the nommer failed when it was told to stop.")]
        public static partial void StopFailed(ILogger logger, Exception e, string jobId, int attempt);

        [LoggerMessage(51, LogLevel.Error, "Job {JobId}, attempt {Attempt}: unexpected error.")]
        public static partial void Crashed(ILogger logger, Exception e, string jobId, int attempt);

        [LoggerMessage(52, LogLevel.Error,
            "Job {JobId}, attempt {Attempt} ended as {Outcome}, which could not be written; another run will follow.")]
        public static partial void NotCompleted(
            ILogger logger, Exception e, string jobId, int attempt, RunOutcome outcome);
    }
}
