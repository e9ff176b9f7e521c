using MediaNommer.Core.Settings;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What a program may consume, and with which priority; the same for every program that a worker starts.</summary>
internal sealed record ProcessLimits
{
    private const long LeastMemory = 4L << 30;
    private const long MostForProbes = 2L << 30;

    /// <summary>Bytes of resident memory; 0: no limit.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of any file that it writes; 0: no limit.</summary>
    public long FileBytes { get; init; }

    /// <summary>How long it may neither make progress nor compute.</summary>
    public TimeSpan Stall { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long it may compute without progress.</summary>
    public TimeSpan Busy { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>What is added to the worker's own nice value.</summary>
    public int Nice { get; init; }

    /// <summary><c>Normal</c>, <c>Low</c> or <c>Idle</c>.</summary>
    public string IoPriority { get; init; } = "Normal";

    /// <summary>The limits of ffmpeg as the settings give them.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="slots">How many runs share the machine.</param>
    public static ProcessLimits Of(FfmpegOptions options, int slots) => new()
    {
        MemoryBytes = options.Limits.MemoryBytes > 0 ? options.Limits.MemoryBytes : ShareOfMemory(slots),
        FileBytes = options.Limits.OutputBytes,
        Stall = TimeSpan.FromSeconds(options.StallTimeout),
        Busy = options.Limits.BusySeconds > 0 ? TimeSpan.FromSeconds(options.Limits.BusySeconds) : Timeout.InfiniteTimeSpan,
        Nice = options.Nice,
        IoPriority = options.IoPriority,
    };

    /// <summary>The same for ffprobe, which has less to do.</summary>
    public ProcessLimits ForProbes(TimeSpan stall) => this with
    {
        MemoryBytes = MemoryBytes > 0 ? Math.Min(MemoryBytes, MostForProbes) : MostForProbes,
        Stall = stall,
        Busy = stall,
    };

    /// <summary>.NET knows of the limits of containers, too.</summary>
    private static long ShareOfMemory(int slots)
    {
        var usable = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;
        return Math.Min(usable, Math.Max(LeastMemory, usable / Math.Max(1, slots)));
    }
}
