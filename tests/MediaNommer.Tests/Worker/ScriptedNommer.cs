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

    /// <summary>While it holds, report new progress all the time.</summary>
    public bool ReportsAllTheTime { get; set; }

    /// <summary>How long it says at first that it will take.</summary>
    public Func<NommerTask, double?> SecondsLeft { get; set; } = _ => null;

    /// <summary>Answer a stop by a failure, as a nommer does that takes no care.</summary>
    public bool FailsWhenStopped { get; set; }

    /// <summary>Wait for <see cref="Release"/> and heed neither token.</summary>
    public bool HangsWhenStopped { get; set; }

    /// <summary>Throw at whoever asks the work to stop.</summary>
    public bool ThrowsWhenStopped { get; set; }

    /// <summary>What the n-th run returns or throws instead of copying, counted from 1; null: copy.</summary>
    public Func<int, NommerResult?>? Script { get; set; }

    /// <summary>What it says of its output.</summary>
    public OutputFacts? Output { get; set; } = new() { Size = 1 };

    /// <summary>Looks at what it is asked to do.</summary>
    public Action<NommerTask>? Examine { get; set; }

    public void Release() => released.TrySetResult();

    public async Task<NommerResult> RunAsync(
        NommerTask task, IProgress<StepProgress> progress, CancellationToken graceful, CancellationToken forceful)
    {
        var run = Interlocked.Increment(ref runs);
        Examine?.Invoke(task);
        progress.Report(new StepProgress { Fraction = 0.5, Fps = 25, Speed = double.NaN, SecondsLeft = SecondsLeft(task) });
        graceful.Register(() =>
        {
            if (ThrowsWhenStopped)
                throw new InvalidOperationException("broken plug-in");
        });
        if (HangsWhenStopped)
            await released.Task;
        else if (Holds)
            await Task.WhenAny(released.Task, Task.Delay(Timeout.Infinite, graceful));
        for (var seconds = 1000; ReportsAllTheTime && !released.Task.IsCompleted; seconds--)
        {
            progress.Report(new StepProgress { Fraction = 0.5, SecondsLeft = seconds });
            await Task.WhenAny(released.Task, Task.Delay(20, graceful));
            graceful.ThrowIfCancellationRequested();
        }

        if (FailsWhenStopped && graceful.IsCancellationRequested)
            return new() { Succeeded = false, Message = "Exit code 255." };
        graceful.ThrowIfCancellationRequested();
        if (Script?.Invoke(run) is { } result)
            return result;
        await File.WriteAllTextAsync(
            task.OutputPath, await File.ReadAllTextAsync(task.SourcePath, graceful) + $" #{task.Attempt}", graceful);
        return new() { Succeeded = true, Output = Output, Log = $"log of {task.Attempt}" };
    }
}
