using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary>What there is to say of a job that is FINISHED.</summary>
internal static class JobFacts
{
    public static string Describe(JobResponse job, string? sourceName = null)
    {
        var output = job.Output!;
        var lines = new List<string>();
        if (File.Exists(job.SourcePath))
        {
            var size = new FileInfo(job.SourcePath).Length;
            lines.Add($"source   {HumanText.Size(size)}  {sourceName ?? job.SourcePath}");
            lines.Add($"output   {Output(output)}, {HumanText.Text($"{100.0 * output.Size / Math.Max(1, size):0} % of the source")}");
        }
        else
        {
            lines.Add($"source   {job.SourcePath}");
            lines.Add($"output   {Output(output)}");
        }

        lines.Add($"preset   {job.Preset ?? "own options"}");
        if (job is { StartedAt: { } started, FinishedAt: { } finished })
            lines.Add($"time     {HumanText.Text($"{(finished - started).TotalSeconds:0.0} s")}{Speed(output, finished - started)}");
        return string.Join('\n', lines);
    }

    /// <summary>For example <c>3.1 MB, 10 s, 1280×720, video:h264 audio:aac</c>.</summary>
    public static string Output(OutputResponse output)
    {
        var parts = new List<string> { HumanText.Size(output.Size) };
        if (output.Duration is { } duration)
            parts.Add(HumanText.Seconds(duration));
        if (output is { Width: { } width, Height: { } height })
            parts.Add($"{width}×{height}");
        parts.Add(string.Join(' ', output.Streams));
        return string.Join(", ", parts);
    }

    private static string Speed(OutputResponse output, TimeSpan taken) => output.Duration is { } duration && taken > TimeSpan.Zero
        ? HumanText.Text($" ({duration / taken.TotalSeconds:0.0} times real time)")
        : "";
}
