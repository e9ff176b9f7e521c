using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Tests.Worker;

/// <summary>A nommer that copies its source, and can be told to wait, to fail or to throw first.</summary>
internal sealed class ScriptedNommer : INommer
{
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int runs;

    public string Name => "scripted";

    public int Runs => runs;

    /// <summary>Wait for <see cref="Release"/> before the work is done.</summary>
    public bool Holds { get; set; }

    /// <summary>What the n-th run returns or throws instead of copying, counted from 1; null: copy.</summary>
    public Func<int, NommerResult?>? Script { get; set; }

    public void Release() => released.TrySetResult();

    public async Task<NommerResult> RunAsync(
        NommerTask task, IProgress<StepProgress> progress, CancellationToken graceful, CancellationToken forceful)
    {
        var run = Interlocked.Increment(ref runs);
        progress.Report(new StepProgress { Fraction = 0.5, Fps = 25 });
        if (Holds)
            await released.Task.WaitAsync(graceful);
        if (Script?.Invoke(run) is { } result)
            return result;
        await File.WriteAllTextAsync(
            task.OutputPath, await File.ReadAllTextAsync(task.SourcePath, graceful) + $" #{task.Attempt}", graceful);
        return new() { Succeeded = true, Output = new OutputFacts { Size = 1 }, Log = $"log of {task.Attempt}" };
    }
}
