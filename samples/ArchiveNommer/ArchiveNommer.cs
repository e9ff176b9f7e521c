using System.Security.Cryptography;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Ffmpeg;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Samples;

/// <summary>
/// A nommer that derives from the built-in one: encodes as the job asks, marks every output with the job's id, and keeps a
/// journal of what became of each job in the data folder. docs/writing-a-nommer.md walks through it.
/// </summary>
public sealed class ArchiveNommer(NommerOptions options) : FfmpegNommer(options)
{
    private readonly string journal = Path.Combine(options.DataDir, "archive.journal");
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public override string Name => "archive";

    /// <inheritdoc/>
    protected override EncodeOptions Plan(NommerTask task)
    {
        var last = task.Options.Passes[^1];
        var marked = last with { OutfileOptions = [.. last.OutfileOptions, new("metadata", $"comment=job {task.JobId}")] };
        return task.Options with { Passes = [.. task.Options.Passes.SkipLast(1), marked] };
    }

    /// <inheritdoc/>
    public override async Task<IStagedOutput> UploadAsync(
        NommerTask task, Func<CancellationToken, Task<IStagedOutput>> stage, CancellationToken cancellation)
    {
        await using (var output = File.OpenRead(task.OutputPath))
            Write(task, $"SHA-256 {Convert.ToHexStringLower(await SHA256.HashDataAsync(output, cancellation))}");
        return await base.UploadAsync(task, stage, cancellation);
    }

    /// <inheritdoc/>
    public override Task StateChangedAsync(NommerTask task, JobState state, CancellationToken cancellation)
    {
        Write(task, $"state {state}");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task EndedAsync(NommerTask task, RunOutcome outcome, string message, CancellationToken cancellation)
    {
        Write(task, $"ended {outcome}");
        return Task.CompletedTask;
    }

    private void Write(NommerTask task, string line)
    {
        // One object serves all jobs of a worker, several at a time.
        lock (gate)
            File.AppendAllText(journal, $"{task.JobId} {line}\n");
    }
}
