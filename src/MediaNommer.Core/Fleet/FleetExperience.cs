namespace MediaNommer.Core.Fleet;

/// <summary>
/// What has been learned from jobs that finished and machines that started: how long the next will take. The newest
/// count most; before there are any, a guess counts as one of them.
/// </summary>
public sealed class FleetExperience
{
    // About the last 20 jobs and the last 5 starts.
    private const double KeptPerJob = 0.95;
    private const double KeptPerStart = 0.8;
    private const int MostTypes = 64;

    private const double ShortestLength = 0.1;

    // A source of three minutes, encoded as fast as it plays.
    private const double GuessedSource = 180;
    private const double GuessedSpeed = 1;

    private readonly Dictionary<string, Sums> byType = [];
    private Sums all = new(1, GuessedSource, GuessedSource * GuessedSpeed);
    private double starts;
    private double startSeconds;

    /// <summary>Seconds that a job of average length is likely to take on a machine of this type, in one slot of it.</summary>
    public double SecondsPerJob(string? machineType)
    {
        var length = all.Source / all.Jobs;
        // Of pictures and the like the length says nothing.
        return length < ShortestLength ? SumsOf(machineType).Work / SumsOf(machineType).Jobs : length * SecondsPerSourceSecond(machineType);
    }

    /// <summary>Encode-seconds for each second of source on a machine of this type.</summary>
    public double SecondsPerSourceSecond(string? machineType) =>
        SumsOf(machineType) is { Source: > 0 } sums ? sums.Work / sums.Source : all.Work / Math.Max(all.Source, double.Epsilon);

    /// <summary>Seconds from the launch of a machine to its first report.</summary>
    /// <param name="expected">What to expect before any was seen.</param>
    public double StartSeconds(TimeSpan expected) => (expected.TotalSeconds + startSeconds) / (1 + starts);

    /// <summary>Learns from a job that finished.</summary>
    /// <param name="machineType">The type of the machine that ran it.</param>
    /// <param name="source">Its length in seconds; 0 for one without, such as a picture.</param>
    /// <param name="work">The seconds for which it held a slot, from the fetching to the last byte put in place.</param>
    public void LearnJob(string? machineType, double source, double work)
    {
        if (!(double.IsFinite(source) && double.IsFinite(work) && source >= 0 && work > 0))
            return;
        all = all.With(source, work, KeptPerJob);
        var key = machineType ?? "";
        if (byType.TryGetValue(key, out var sums) || byType.Count < MostTypes)
            byType[key] = (sums ?? GuessFrom(all)).With(source, work, KeptPerJob);
    }

    /// <summary>Learns how long a machine took from its launch to its first report.</summary>
    public void LearnStart(TimeSpan taken)
    {
        // Clocks of two machines may differ a little.
        var seconds = Math.Max(0, taken.TotalSeconds);
        starts = (starts * KeptPerStart) + 1;
        startSeconds = (startSeconds * KeptPerStart) + seconds;
    }

    private Sums SumsOf(string? machineType) => byType.GetValueOrDefault(machineType ?? "") ?? all;

    // The first jobs on a new type are weighed against one that went as elsewhere.
    private static Sums GuessFrom(Sums all) => new(1, all.Source / all.Jobs, all.Work / all.Jobs);

    private sealed record Sums(double Jobs, double Source, double Work)
    {
        public Sums With(double source, double work, double kept) =>
            new((Jobs * kept) + 1, (Source * kept) + source, (Work * kept) + work);
    }
}
