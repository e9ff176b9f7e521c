using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;

namespace MediaNommer.Feederd.Api;

/// <summary>Shows jobs as the wire has them. Addresses go out as <c>Display</c> only, never with their secrets.</summary>
internal static class JobView
{
    /// <summary>A job in a listing.</summary>
    /// <param name="job">The job.</param>
    /// <param name="site">feederd's address as the reader knows it, without a slash at its end.</param>
    public static JobResponse Of(Job job, string site) => Fill(new JobResponse(), job, site);

    /// <summary>A job alone, with its passes.</summary>
    public static JobResponse WhollyOf(Job job, string site) => Of(job, site) with { Options = PassesOf(job.Spec.Options.Passes) };

    /// <summary>A job as the original API's status call shows it.</summary>
    public static OriginalStatusResponse OriginalOf(Job job, string site) =>
        Fill(new OriginalStatusResponse { Success = true, Options = PassesOf(job.Spec.Options.Passes) }, job, site);

    /// <summary>What happened to a job, as server-sent events show it.</summary>
    /// <param name="job">The job as it stands now.</param>
    /// <param name="line">The line of its history that the event is about, or null when it is about progress.</param>
    /// <param name="site">feederd's address as the reader knows it, without a slash at its end.</param>
    public static JobEventResponse EventOf(Job job, JobEvent? line, string site)
    {
        var view = Fill(new JobEventResponse { Reason = line?.Reason }, job, site);
        return line is null ? view : view with { JobState = line.State.ToWire() };
    }

    public static IReadOnlyList<PassResponse> PassesOf(IReadOnlyList<EncodePass> passes) =>
        [.. passes.Select(pass => new PassResponse
        {
            InfileOptions = PairsOf(pass.InfileOptions),
            OutfileOptions = PairsOf(pass.OutfileOptions),
            MoveAtomToFront = pass.MoveAtomToFront,
        })];

    public static HistoryEventResponse Of(JobEvent line) => new()
    {
        Sequence = line.Sequence,
        At = line.At,
        JobState = line.State.ToWire(),
        Attempt = line.Attempt,
        WorkerId = line.WorkerId,
        Outcome = line.Outcome is { } outcome ? NameOf(outcome) : null,
        Reason = line.Reason,
    };

    private static T Fill<T>(T view, Job job, string site)
        where T : JobResponse
    {
        var spec = job.Spec;
        var step = job.CurrentStep;
        var running = job.State.IsRunning() ? step.Progress : null;
        return (T)(view with
        {
            Id = job.Id,
            JobId = job.Id,
            JobState = job.State.ToWire(),
            JobStateDetails = job.StateDetails,
            WaitReason = job.WaitReason,
            Progress = job.Progress,
            Fps = running?.Fps,
            Speed = running?.Speed,
            SecondsLeft = running?.SecondsLeft,
            CancelRequested = job.CancelRequested && !job.State.IsFinished(),
            Priority = spec.Priority.ToWire(),
            Labels = spec.Labels,
            SourcePath = spec.Source.Display,
            DestPath = spec.Dest.Display,
            NotifyUrl = spec.NotifyUrl?.DisplayOfHook,
            NotifyMethod = spec.NotifyUrl is null ? null : NameOf(spec.NotifyMethod),
            Nommer = spec.Options.Nommer,
            Preset = spec.Options.Preset,
            AllowTruncated = spec.AllowTruncated,
            KeepMetadata = spec.KeepMetadata,
            IfExists = spec.IfExists.ToWire(),
            PreserveMtime = spec.PreserveMtime,
            Attempt = step.Attempt,
            MaxAttempts = spec.MaxAttempts,
            WorkerId = step.WorkerId,
            CreatedAt = job.CreatedAt,
            UpdatedAt = job.UpdatedAt,
            StartedAt = job.StartedAt,
            FinishedAt = job.FinishedAt,
            Source = job.Source is { } source ? SourceView.Of(source) : null,
            Output = OutputOf(job.Output),
            OutputUrl = OutputUrlOf(job, site),
        });
    }

    /// <summary>Where the output of a finished job can be fetched from feederd, or null.</summary>
    public static string? OutputUrlOf(Job job, string site) =>
        job.State == JobState.Finished && !job.KeptWhatWasThere && job.Spec.Dest.FileName.Length > 0
            ? $"{site}/v1/files/{job.Id}/{Uri.EscapeDataString(job.Spec.Dest.FileName)}"
            : null;

    public static string NameOf(NotifyMethod method) => method == NotifyMethod.Post ? "POST" : "GET";

    private static string NameOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Finished => "FINISHED",
        RunOutcome.Failed => "FAILED",
        RunOutcome.Cancelled => "CANCELLED",
        RunOutcome.HostStopping => "HOST_STOPPING",
        _ => "LEASE_LOST",
    };

    private static OutputResponse? OutputOf(OutputFacts? facts) => facts is null ? null : new OutputResponse
    {
        Size = facts.Size,
        Duration = facts.Duration,
        Width = facts.Width,
        Height = facts.Height,
        Streams = facts.Streams,
    };

    private static IReadOnlyList<IReadOnlyList<string?>> PairsOf(IReadOnlyList<OptionPair> options) =>
        [.. options.Select(option => (IReadOnlyList<string?>)[option.Key, option.Value])];
}
