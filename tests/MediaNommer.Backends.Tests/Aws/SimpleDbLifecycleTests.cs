using System.Collections.Concurrent;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Backends.Tests.Aws.SimpleDbServer;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>Whole lives of jobs, on a server that refuses some requests and loses the answers of others.</summary>
public sealed class SimpleDbLifecycleTests : SimpleDbRig
{
    private const int Jobs = 8;

    [Fact]
    public async Task Each_job_runs_once_and_tells_of_each_state_once_and_in_order()
    {
        await ReopenAsync(new SimpleDbDoubleOptions { LoseEvery = 5, RefuseEvery = 23, PageItems = 7, EmptyPageEvery = 5 });
        var lifecycle = new JobLifecycle(
            Store, new InMemoryMessageQueue(TimeProvider.System), new QueueNames("jobs", "changes"), new Silence(),
            new LifecycleOptions(), TimeProvider.System, NullLogger<JobLifecycle>.Instance);

        // Each is asked for twice with the same key, and each of its messages comes to two workers.
        var ids = await Task.WhenAll(Enumerable.Range(0, 2 * Jobs).Select(
            i => lifecycle.SubmitAsync(Spec(i / 2), $"key {i / 2}", [], None)));
        using var done = new CancellationTokenSource();
        var telling = TellAsync(done.Token);
        var runs = await Task.WhenAll(ids.Index().Select(one => RunAsync(lifecycle, one.Item, $"worker-{one.Index}")));
        await done.CancelAsync();
        var told = await telling;

        ids.Distinct().Count().ShouldBe(Jobs);
        ids.Zip(runs).Where(one => one.Second).Select(one => one.First).Order().ShouldBe(ids.Distinct().Order());
        foreach (var id in ids.Distinct())
        {
            var job = (await Store.GetAsync(id, None))!;
            job.State.ShouldBe(JobState.Finished);
            job.Steps.Single().ShouldSatisfyAllConditions(step => step.Attempt.ShouldBe(1), step => step.Strikes.ShouldBe(0));
            (await Store.GetEventsAsync(id, None)).Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, job.EventCount));
            (await Store.GetLogAsync(id, 1, None))!.Text.ShouldBe(id);
            told[id].ShouldBe(
                [JobState.Pending, JobState.Downloading, JobState.Encoding, JobState.Uploading, JobState.Finished]);
        }
    }

    private static JobSpec Spec(int number) => new()
    {
        Source = new MediaUri($"/in/{number}", null), Dest = new MediaUri($"/out/{number}", null), Options = new EncodeOptions(),
        NotifyUrl = new MediaUri("http://example.org/hook", null), NotifyMethod = NotifyMethod.Post,
    };

    private async Task<bool> RunAsync(JobLifecycle lifecycle, string id, string worker)
    {
        var job = (await Store.GetAsync(id, None))!;
        var claim = (await lifecycle.ClaimAsync(job, JobStep.Encode, worker, nothingToFetch: false, None)).Claim;
        if (claim is null)
            return false;
        foreach (var state in (JobState?[])[JobState.Encoding, null, null, JobState.Uploading])
            (await lifecycle.ReportAsync(claim, new StepProgress(), state, None)).ShouldBe(RunDirective.Continue);
        return await lifecycle.CompleteAsync(claim, new RunResult { Outcome = RunOutcome.Finished }, log: id, None);
    }

    /// <summary>Delivers until it is told that all is done, and nothing is left.</summary>
    private async Task<IReadOnlyDictionary<string, List<JobState>>> TellAsync(CancellationToken done)
    {
        var told = new ConcurrentDictionary<string, List<JobState>>();
        while (!done.IsCancellationRequested || await Store.GetNextNotificationTimeAsync(None) is not null)
        {
            foreach (var due in await Store.GetDueNotificationsAsync(TimeProvider.System.GetUtcNow(), 10, None))
            {
                told.GetOrAdd(due.JobId, _ => []).Add(due.JobState);
                await Store.UpdateNotificationAsync(
                    due with { State = NotificationState.Delivered }, new DeliveryAttempt { At = TimeProvider.System.GetUtcNow() }, None);
            }
        }

        return told;
    }

    private sealed class Silence : IStateChanges
    {
        public void Announce(StateChangeMessage change)
        {
        }
    }
}
