using System.Globalization;
using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary>Numbers as people read them.</summary>
internal static class HumanText
{
    public static string Size(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => Text($"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => Text($"{bytes / 1e6:0.0} MB"),
        _ => Text($"{bytes / 1e9:0.0} GB"),
    };

    public static string Seconds(double seconds) => seconds switch
    {
        < 60 => Text($"{seconds:0.#} s"),
        < 3600 => Text($"{(int)seconds / 60} min {(int)seconds % 60} s"),
        _ => Text($"{(int)seconds / 3600} h {(int)seconds % 3600 / 60} min"),
    };

    /// <summary>How long ago something was, in one unit.</summary>
    public static string Age(DateTimeOffset then)
    {
        var age = TimeProvider.System.GetUtcNow() - then;
        return age switch
        {
            { TotalSeconds: < 60 } => Text($"{Math.Max(0, age.TotalSeconds):0} s"),
            { TotalMinutes: < 60 } => Text($"{age.TotalMinutes:0} min"),
            { TotalHours: < 48 } => Text($"{age.TotalHours:0} h"),
            _ => Text($"{age.TotalDays:0} d"),
        };
    }

    public static string Percent(double fraction) => Text($"{Math.Floor(fraction * 100):0} %");

    /// <summary>For example <c>41 %, 212 fps, 7.1 times real time, 3 s left</c>.</summary>
    public static string Progress(JobResponse job)
    {
        var parts = new List<string> { Percent(job.Progress) };
        if (job.JobState == "ENCODING")
        {
            if (job.Fps is { } fps)
                parts.Add(Text($"{fps:0} fps"));
            if (job.Speed is { } speed)
                parts.Add(Text($"{speed:0.0} times real time"));
            if (job.SecondsLeft is { } left)
                parts.Add($"{Seconds(Math.Ceiling(left))} left");
        }

        return string.Join(", ", parts);
    }

    /// <summary>Why the job waits or ended so, or nothing.</summary>
    public static string Why(JobResponse job) => PrintableWriter.Clean(
        job.JobState is "DOWNLOADING" or "ENCODING" or "UPLOADING" ? ""
        : job.HasEnded || job.WaitReason is null ? job.JobStateDetails ?? "" : $"waits: {job.WaitReason}");

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
