using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace MediaNommer.Tests.Jobs;

/// <summary>A lifecycle over the in-memory references and a clock that stands still until moved.</summary>
internal sealed class LifecycleRig
{
    private readonly LazyMessages changes;

    public LifecycleRig(OutputFence? fence = null)
    {
        Queue = new InMemoryMessageQueue(Clock);
        changes = new LazyMessages(Queue, Names, Clock, NullLogger<LazyMessages>.Instance);
        Lifecycle = new JobLifecycle(Store, Queue, Names, changes, Options, Clock, NullLogger<JobLifecycle>.Instance)
        {
            Fence = fence,
        };
    }

    public static CancellationToken None => CancellationToken.None;

    public FakeClock Clock { get; } = new();

    public LifecycleOptions Options { get; } = new()
    {
        Lease = TimeSpan.FromSeconds(45),
        ResendAfter = TimeSpan.FromSeconds(60),
        AbandonAfter = TimeSpan.FromHours(24),
        RetryBackoff = TimeSpan.FromSeconds(5),
    };

    public QueueNames Names { get; } = new("new", "changes");

    public InMemoryJobStore Store { get; } = new();

    public InMemoryMessageQueue Queue { get; }

    public JobLifecycle Lifecycle { get; }

    public static JobSpec Spec { get; } = new()
    {
        Source = new MediaUri("/in/a.mov", null),
        Dest = new MediaUri("/out/a.mp4", null),
        Options = new EncodeOptions(),
    };

    public static RunResult Success { get; } = new() { Outcome = RunOutcome.Finished, Message = "Done." };

    public static RunResult Failure { get; } = new() { Outcome = RunOutcome.Failed, Message = "ffmpeg said no." };

    public static RunResult PassingFailure { get; } = Failure with { IsTransient = true };

    public static RunResult Stopping { get; } =
        new() { Outcome = RunOutcome.HostStopping, Message = "The worker is going down." };

    public static RunResult Cancelled { get; } =
        new() { Outcome = RunOutcome.Cancelled, Message = "The worker stopped." };

    public Task<string> SubmitAsync(JobSpec? spec = null) => Lifecycle.SubmitAsync(spec ?? Spec, null, [], None);

    /// <summary>A job that stands in the given state.</summary>
    public async Task<string> SubmitInStateAsync(JobState state)
    {
        var id = await SubmitAsync();
        if (state.IsRunning())
            await BringToAsync(await ClaimAsync(id), state);
        else if (state == JobState.Finished)
            await Lifecycle.CompleteAsync(await ClaimAsync(id), Success, null, None);
        else if (state == JobState.Error)
            await Lifecycle.CompleteAsync(await ClaimAsync(id), Failure, null, None);
        else if (state == JobState.Cancelled)
            await Lifecycle.CancelAsync(id, None);
        else if (state == JobState.Abandoned)
            await AbandonAsync(id);
        (await GetAsync(id)).State.ShouldBe(state);
        return id;
    }

    public async Task<Job> GetAsync(string id) => (await Store.GetAsync(id, None))!;

    public async Task<JobStep> StepAsync(string id) => (await GetAsync(id)).Steps[0];

    public async Task<ClaimResult> TryClaimAsync(string id, string worker = "w1", string step = JobStep.Encode) =>
        await Lifecycle.ClaimAsync(await GetAsync(id), step, worker, nothingToFetch: false, None);

    public async Task<StepClaim> ClaimAsync(string id, string worker = "w1", string step = JobStep.Encode) =>
        (await TryClaimAsync(id, worker, step)).Claim.ShouldNotBeNull();

    public Task<RunDirective> ReportAsync(StepClaim claim, JobState? state = null, double fraction = 0.5) =>
        Lifecycle.ReportAsync(claim, new StepProgress { Fraction = fraction }, state, None);

    public async Task BringToAsync(StepClaim claim, JobState state)
    {
        while (claim.Step.State < state)
            await ReportAsync(claim, claim.Step.State + 1);
    }

    /// <summary>What the sweeper does with every job that is due now.</summary>
    public async Task SweepAsync()
    {
        foreach (var job in await Store.GetDueAsync(Clock.GetUtcNow(), 1000, None))
            await Lifecycle.CheckAsync(job, None);
    }

    /// <summary>Takes all messages out of the new-job queues.</summary>
    public async Task<List<WakeMessage>> DrainWakesAsync()
    {
        var wakes = new List<WakeMessage>();
        while (await ReceiveAsync([Names.High, Names.Normal, Names.Low]) is { Count: > 0 } batch)
            wakes.AddRange(batch.Select(message => WakeMessage.Parse(message.Body).ShouldNotBeNull()));
        return wakes;
    }

    /// <summary>Takes all messages out of the state-change queue.</summary>
    public async Task<List<JobState>> DrainStatesAsync()
    {
        await changes.FlushAsync();
        var states = new List<JobState>();
        while (await ReceiveAsync([Names.StateChanges]) is { Count: > 0 } batch)
            states.AddRange(batch.Select(message => StateChangeMessage.Parse(message.Body).ShouldNotBeNull().State));
        return states;
    }

    public async Task<IReadOnlyList<JobEvent>> HistoryAsync(string id) => await Store.GetEventsAsync(id, None);

    private async Task AbandonAsync(string id)
    {
        Clock.Advance(Options.AbandonAfter);
        await Lifecycle.CheckAsync(await GetAsync(id), None);
    }

    private async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(IReadOnlyList<string> queues)
    {
        var batch = await Queue.ReceiveAsync(queues, 10, TimeSpan.FromSeconds(30), TimeSpan.Zero, None);
        await Queue.DeleteAsync(batch, None);
        return batch;
    }
}
