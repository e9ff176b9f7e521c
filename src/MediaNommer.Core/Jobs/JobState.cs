namespace MediaNommer.Core.Jobs;

/// <summary>Where a job (or one step of it) stands. The first seven names are those of 2011.</summary>
public enum JobState
{
    /// <summary>Accepted and waiting for a worker.</summary>
    Pending,

    /// <summary>A worker holds it and fetches the source.</summary>
    Downloading,

    /// <summary>A worker holds it and the nommer is at work.</summary>
    Encoding,

    /// <summary>A worker holds it and puts the output in place.</summary>
    Uploading,

    /// <summary>The output was verified and is whole at its destination.</summary>
    Finished,

    /// <summary>The job failed; <see cref="Job.StateDetails"/> says why.</summary>
    Error,

    /// <summary>Nobody reported anything about the job for too long.</summary>
    Abandoned,

    /// <summary>A user cancelled it.</summary>
    Cancelled,
}

/// <summary>The names of <see cref="JobState"/> on the wire, and what may be asked of a state.</summary>
public static class JobStates
{
    private static readonly string[] Names =
        ["PENDING", "DOWNLOADING", "ENCODING", "UPLOADING", "FINISHED", "ERROR", "ABANDONED", "CANCELLED"];

    /// <summary>Every state, in the order a job passes through them.</summary>
    public static IReadOnlyList<JobState> All { get; } = Enum.GetValues<JobState>();

    /// <summary>Every name, as the API shows them.</summary>
    public static IReadOnlyList<string> WireNames => Names;

    /// <summary>The name that the API shows, for example <c>PENDING</c>.</summary>
    public static string ToWire(this JobState state) => Names[(int)state];

    /// <summary>True for the four states in which nothing more happens by itself.</summary>
    public static bool IsFinished(this JobState state) => state >= JobState.Finished;

    /// <summary>True while a worker holds a lease.</summary>
    public static bool IsRunning(this JobState state) =>
        state is JobState.Downloading or JobState.Encoding or JobState.Uploading;

    /// <summary>Reads a wire name, in any case.</summary>
    public static bool TryParse(string? name, out JobState state)
    {
        var index = Array.FindIndex(Names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        state = index < 0 ? default : (JobState)index;
        return index >= 0;
    }
}
