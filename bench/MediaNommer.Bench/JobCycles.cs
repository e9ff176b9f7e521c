using System.Diagnostics;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;

namespace MediaNommer.Bench;

/// <summary>
/// Jobs without work, through everything that a worker does to claim and complete them; beside it the consumer of the
/// state changes that feederd is. All in one process.
/// </summary>
internal sealed class JobCycles(
    JobLifecycle lifecycle, IJobStore store, IMessageQueue queue, QueueNames queues, LazyMessages lazy)
{
    private const int SubmitLoops = 64;

    private int submitted;
    private int done;

    public async Task<string> RunAsync(int jobs, int loops)
    {
        var submitting = await TimeAsync(SubmitLoops, () => SubmitAsync(jobs));
        using var over = new CancellationTokenSource();
        var listening = ListenAsync(over.Token);
        var sending = lazy.RunAsync(over.Token);
        var cycling = await TimeAsync(loops, () => CycleAsync(jobs));
        await over.CancelAsync();
        await Task.WhenAll(listening, sending);
        return FormattableString.Invariant(
            $"{{\"submits_per_second\": {jobs / submitting:0}, \"cycles_per_second\": {jobs / cycling:0}}}");
    }

    private static async Task<double> TimeAsync(int loops, Func<Task> loop)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, loops).Select(_ => Task.Run(loop)));
        return watch.Elapsed.TotalSeconds;
    }

    private async Task SubmitAsync(int jobs)
    {
        int number;
        while ((number = Interlocked.Increment(ref submitted)) <= jobs)
            await lifecycle.SubmitAsync(BenchJobs.Spec(number), null, [], CancellationToken.None);
    }

    private async Task CycleAsync(int jobs)
    {
        for (var turn = 0; Volatile.Read(ref done) < jobs; turn++)
        {
            var messages = await queue.ReceiveAsync(
                queues.OrderFor(turn), 1, TimeSpan.FromSeconds(45), TimeSpan.FromMilliseconds(100),
                CancellationToken.None);
            foreach (var message in messages)
                await WorkOffAsync(message);
        }
    }

    private async Task WorkOffAsync(QueueMessage message)
    {
        var wake = WakeMessage.Parse(message.Body)!;
        var job = await store.GetAsync(wake.JobId, CancellationToken.None);
        var result = await lifecycle.ClaimAsync(
            job!, wake.Step, "bench", nothingToFetch: true, CancellationToken.None);
        var finished = new RunResult { Outcome = RunOutcome.Finished, Message = "Done." };
        if (result.Claim is { } claim && await lifecycle.CompleteAsync(claim, finished, log: null, CancellationToken.None))
            Interlocked.Increment(ref done);
        lazy.DeleteSoon(message);
    }

    private async Task ListenAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var changes = await queue.ReceiveAsync(
                [queues.StateChanges], IMessageQueue.MaxBatch, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60), over);
            if (changes.Count > 0)
                await queue.DeleteAsync(changes, CancellationToken.None);
        }
    }
}
