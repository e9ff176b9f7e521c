using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Nommerd.Worker;

/// <summary>Says what the way a run ended, by an exception or well, means for its job.</summary>
internal static class RunEnding
{
    /// <summary>The result, or null when the exception tells nothing of the job.</summary>
    public static RunResult? Of(RunStop stop, Exception e, JobSpec spec)
    {
        if (stop.Reason is { } reason)
            return new() { Outcome = reason, Message = MessageOf(reason, stop.Details) };
        if (e is not MediaStorageException storage)
            return null;
        return (storage.Code, spec.IfExists) switch
        {
            (MediaStorageErrors.Superseded, _) => new() { Outcome = RunOutcome.LeaseLost, Message = e.Message },
            (MediaStorageErrors.DestExists, IfExists.Skip) => Kept(spec),
            _ => new()
            {
                Outcome = RunOutcome.Failed,
                Message = e.Message,
                IsTransient = storage.IsTransient,
                Awaits = storage.IsAwaited ? new Awaited(e.Message, storage.Revision) : null,
            },
        };
    }

    /// <summary>The result of a run whose output is in place.</summary>
    public static RunResult Finished(NommerResult nommed, string? revision, bool verified, TimeSpan took) => new()
    {
        Outcome = RunOutcome.Finished,
        Output = nommed.Output is { } output ? output with { Revision = revision } : null,
        Notes = nommed.Notes,
        Message = $"{(verified ? "Verified and put" : "Put")} in place after {took.TotalSeconds:0.0} s.",
    };

    private static string MessageOf(RunOutcome reason, string details) => reason switch
    {
        RunOutcome.Cancelled => "Cancelled by a user.",
        RunOutcome.HostStopping => $"The worker is going down and handed the job back. {details}".TrimEnd(),
        _ => "The lease was lost.",
    };

    private static RunResult Kept(JobSpec spec)
    {
        var message = $"Skipped: {spec.Dest} existed and was kept as it is, neither changed nor checked (if_exists: skip).";
        return new() { Outcome = RunOutcome.Finished, Message = message, Kept = message };
    }
}
