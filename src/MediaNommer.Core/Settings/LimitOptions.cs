using System.ComponentModel.DataAnnotations;

namespace MediaNommer.Core.Settings;

/// <summary>What a single run of ffmpeg or ffprobe may consume; docs/limits.md explains how each is measured.</summary>
public sealed class LimitOptions
{
    /// <summary>Bytes of memory that a run may occupy; 0: decided by the machine.</summary>
    [Setting("Bytes of memory that one run of ffmpeg may occupy. 0: three quarters of the machine's memory divided by the "
        + "slots, but at least 4 GiB where the machine has that much to spare."), Range(0, long.MaxValue)]
    public long MemoryBytes { get; set; }

    /// <summary>Pixels that a picture of a source may have; 0: any number.</summary>
    [Setting("Pixels that one picture of a source may have (16384 × 8192); 0: no limit."), Range(0, int.MaxValue)]
    public long Pixels { get; set; } = 16384 * 8192;

    /// <summary>Bytes that an output may have; 0: any number.</summary>
    [Setting("Bytes that an output, or any other file of a run, may have (1 TiB); 0: no limit."), Range(0, long.MaxValue)]
    public long OutputBytes { get; set; } = 1L << 40;

    /// <summary>Seconds that every output may last, however short its source is; 0: any length.</summary>
    [Setting("Seconds that an output may last however short its source is (12 h); 0: no limit."), Range(0, 1e9)]
    public double OutputSeconds { get; set; } = 12 * 3600;

    /// <summary>How many times as long as its source an output may be.</summary>
    [Setting("How many times as long as its source an output may be, where that is more than Ffmpeg:Limits:OutputSeconds."),
        Range(1, 1e9)]
    public double OutputFactor { get; set; } = 10;

    /// <summary>Seconds that every pass may take; 0: no limit.</summary>
    [Setting("Seconds that a pass may take however short its output is; 0: no limit."), Range(0, 1e9)]
    public double RunSeconds { get; set; } = 3600;

    /// <summary>How many times as long as its output a pass may take.</summary>
    [Setting("How many times the length of its output a pass may take, where that is more than Ffmpeg:Limits:RunSeconds: "
        + "500 allows encoding at 0.002× speed."), Range(1, 1e9)]
    public double RunFactor { get; set; } = 500;

    /// <summary>Seconds that ffmpeg may compute without reading or writing anything; 0: no limit.</summary>
    [Setting("Seconds that ffmpeg may compute without reading any input or finishing any frame; 0: no limit. One that does "
        + "not even compute is ended after Ffmpeg:StallTimeout."), Range(0, 1e9)]
    public double BusySeconds { get; set; } = 1800;

    /// <summary>Frames that a pass may repeat to fill gaps; 0: any number.</summary>
    [Setting("Frames that a pass may repeat to keep a constant frame rate over gaps of its source; 0: no limit."),
        Range(0, long.MaxValue)]
    public long DuplicatedFrames { get; set; } = 1_000_000;
}
