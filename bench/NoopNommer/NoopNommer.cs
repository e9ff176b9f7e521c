using System.Diagnostics;
using System.Globalization;
using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Nommers;

namespace NoopNommer;

/// <summary>Does nothing but write down when it was called, in nanoseconds of the machine's monotonic clock.</summary>
public sealed class NoopNommer : INommer
{
    /// <inheritdoc/>
    public string Name => "noop";

    /// <inheritdoc/>
    public async Task<NommerResult> RunAsync(
        NommerTask task, IProgress<StepProgress> progress, CancellationToken graceful, CancellationToken forceful)
    {
        var now = Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency);
        await File.WriteAllTextAsync(task.OutputPath, now.ToString(CultureInfo.InvariantCulture), forceful);
        return new NommerResult { Succeeded = true, Message = "Noted the time." };
    }
}
