using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd.Nommers;
using MediaNommer.Nommerd.Presets;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// The nommer that encodes with ffmpeg: runs the passes one after the other, then verifies the output. Derive from it to
/// change its options, its command lines, or what is around them (see <see cref="BaseNommer"/>).
/// </summary>
public class FfmpegNommer : BaseNommer
{
    private const string DiskTooFull =
        "ffmpeg was stopped because the disk of the work folder was nearly full; make room there, or limit the output "
        + "(options t, to, fs or frames:v).";

    private readonly string program;
    private readonly LimitOptions limits;
    private readonly ThreadBudget threads;
    private readonly FfmpegProcess ffmpeg;
    private readonly OutputVerifier verifier;
    private readonly PresetPreparation preparation;
    private readonly long minFreeBytes;

    /// <summary>Makes one; it serves any number of jobs.</summary>
    /// <param name="options">Where ffmpeg and ffprobe are, and how patient to be with them.</param>
    /// <param name="minFreeBytes">A run that leaves fewer free bytes on the disk of its work folder is ended; 0: none is.</param>
    /// <param name="slots">How many jobs may run side by side; they share the memory.</param>
    public FfmpegNommer(FfmpegOptions options, long minFreeBytes = 0, int slots = 1)
    {
        this.minFreeBytes = minFreeBytes;
        program = options.FfmpegPath;
        limits = options.Limits;
        threads = new ThreadBudget(options.Threads, Environment.ProcessorCount);
        var processLimits = ProcessLimits.Of(options, slots);
        ffmpeg = new FfmpegProcess(program, processLimits);
        verifier = new OutputVerifier(new Ffprobe(options.FfprobePath, processLimits));
        preparation = new PresetPreparation(new SourceProber(options.FfprobePath, processLimits));
    }

    /// <summary>Makes one with all settings of a worker; for nommers that derive from this one.</summary>
    public FfmpegNommer(NommerOptions options)
        : this(options.Ffmpeg, options.Nommerd.MinFreeDiskBytes / 2, options.Scaling.MaxEncodingJobsPerEc2Instance)
    {
    }

    /// <inheritdoc/>
    public override string Name => "ffmpeg";

    /// <summary>
    /// The passes to run. Here the job's own; override it to add, change or replace some. What the job asks for has been
    /// checked by then as for every ffmpeg job, and is not checked again.
    /// </summary>
    protected virtual EncodeOptions Plan(NommerTask task) => task.Options;

    /// <summary>The command line of one pass, without the program. Names are relative to the work folder.</summary>
    /// <param name="task">What to do, with the passes that <see cref="Plan"/> gave.</param>
    /// <param name="pass">Which of them, from 0.</param>
    protected virtual IReadOnlyList<string> CommandLine(NommerTask task, int pass) => FfmpegCommandLine.Build(
        task.Options, pass, Path.GetFileName(task.SourcePath), Path.GetFileName(task.OutputPath));

    /// <inheritdoc/>
    public override async Task<NommerResult> RunAsync(
        NommerTask task, IProgress<StepProgress> progress, CancellationToken graceful, CancellationToken forceful)
    {
        try
        {
            task = task with { Options = Checked(task) };
        }
        catch (JobRequestException e)
        {
            return new NommerResult { Succeeded = false, Message = e.Message };
        }

        var (prepared, notes, refusal) = await preparation.PrepareAsync(task, forceful).ConfigureAwait(false);
        if (refusal is not null)
        {
            return new NommerResult
            {
                Succeeded = false, Message = refusal.Message, IsTransient = refusal.IsTransient, Notes = notes, BlamesSource = BlamesSource(refusal),
            };
        }
        using var share = threads.Take();
        prepared = prepared with { Options = Limited(Plan(prepared), share.Threads) };
        var result = await EncodeAsync(prepared, progress, graceful, forceful).ConfigureAwait(false);
        return result with { Notes = [.. notes, .. result.Notes] };
    }

    private async Task<NommerResult> EncodeAsync(
        NommerTask task, IProgress<StepProgress> progress, CancellationToken graceful, CancellationToken forceful)
    {
        var overall = new FfmpegProgress(task.Options.Passes.Count);
        var log = new PassLogs(task, program);
        task.Log.Follow(log.ToString);
        FfmpegEnd? last = null;
        using var disk = new DiskWatch(task.WorkFolder, minFreeBytes, graceful);
        for (var pass = 0; pass < task.Options.Passes.Count; pass++)
        {
            try
            {
                last = await RunPassAsync(task, pass, log, overall, progress, disk, forceful).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (disk.IsFull && !graceful.IsCancellationRequested)
            {
                return Failed(new FfmpegError(DiskTooFull, IsTransient: true), log);
            }

            last = last with { Process = log.Add(last.Process) };
            if (last.Last is null)
                TellSource(task, last.Process.Log);
            if (!last.IsClean)
                return Failed(FfmpegErrors.Explain(program, last.Process), log);
            if (FfmpegErrors.FindWriteFailure(last.Process.Log) is { } unwritten)
                return Failed(unwritten, log);
        }
        return last is null
            ? new NommerResult { Succeeded = false, Message = "The job's options have no pass, so there is nothing for ffmpeg to do." }
            : await JudgeAsync(task, last, log, forceful).ConfigureAwait(false);
    }

    private Task<FfmpegEnd> RunPassAsync(
        NommerTask task, int pass, PassLogs log, FfmpegProgress overall, IProgress<StepProgress> progress,
        DiskWatch disk, CancellationToken forceful)
    {
        var arguments = CommandLine(task, pass);
        log.Begin(pass, arguments);
        var isSourceKnown = false;
        var expected = new ExpectedLength(0, null, null);
        var watch = new PassWatch(limits);
        return ffmpeg.RunAsync(
            arguments, task.WorkFolder,
            (report, front) =>
            {
                if (!isSourceKnown)
                {
                    var said = FfmpegReport.Parse(front.Head);
                    isSourceKnown = said.IsComplete;
                    if (isSourceKnown)
                        TellSource(task, front.Head);
                    expected = ExpectedLength.Of(task.Options.Passes[pass], said.SourceDuration);
                    (watch.SourceSeconds, watch.ExpectedSeconds) = (said.SourceDuration, expected.Seconds);
                }
                watch.Take(report);
                progress.Report(overall.At(pass, report, expected.Seconds, expected.Frames));
                disk.Look();
            },
            watch.FindBreach, disk.Token, forceful, log.Follow);
    }

    // Of a preset's source more is known already.
    private static void TellSource(NommerTask task, string log)
    {
        if (task.Options.Intent is null && LoggedSource.Read(log) is { } source)
            task.OnSource(source);
    }

    /// <summary>feederd checks and translates options for the nommer named ffmpeg; for one that derives from it, we must.</summary>
    private EncodeOptions Checked(NommerTask task) => GetType() == typeof(FfmpegNommer)
        ? task.Options
        : OptionGuard.Admit(task.Options, Path.GetExtension(task.OutputPath).TrimStart('.'), []);

    private EncodeOptions Limited(EncodeOptions options, int threads) => options with
    {
        Passes = [.. options.Passes.Select(pass => ThreadBudget.Apply(InputLimits.Apply(pass, limits.Pixels), threads))],
    };

    private async Task<NommerResult> JudgeAsync(NommerTask task, FfmpegEnd end, PassLogs log, CancellationToken forceful)
    {
        var verdict = task.Verify
            ? await VerifyAsync(task, end, forceful).ConfigureAwait(false)
            : new Verdict(null, OutputVerifier.Glance(task.OutputPath));
        var file = new FileInfo(task.OutputPath);
        if (verdict.Failure is { } failure)
            return Failed(new FfmpegError(failure, verdict.IsTransient), log);
        if (!file.Exists)
            return Failed(new FfmpegError("ffmpeg ended well but wrote no output."), log);
        return new NommerResult
        {
            Succeeded = true,
            Output = (verdict.Output ?? new OutputDescription(null, [])).ToFacts(file.Length),
            Notes = verdict.Note is { } note ? [note] : [],
            Log = log.ToString(),
        };
    }

    private Task<Verdict> VerifyAsync(NommerTask task, FfmpegEnd end, CancellationToken forceful)
    {
        var report = FfmpegReport.Parse(end.Process.Log);
        var expected = ExpectedLength.Of(task.Options.Passes[^1], report.SourceDuration);
        return verifier.VerifyAsync(new FfmpegRun(task, report, expected, end), forceful);
    }

    // All that may come of a source which is not complete yet is said in sentences about "the source", or "the source's" end.
    private static bool BlamesSource(FfmpegError error) => error.Message.Contains(" source", StringComparison.OrdinalIgnoreCase);

    private static NommerResult Failed(FfmpegError error, PassLogs log) => new()
    {
        Succeeded = false,
        Message = error.Message,
        IsTransient = error.IsTransient,
        BlamesSource = BlamesSource(error),
        Log = log.ToString(),
    };
}
