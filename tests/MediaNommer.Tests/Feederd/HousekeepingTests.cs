using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class HousekeepingTests : IAsyncLifetime
{
    private readonly FeederdParts parts = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => parts.DisposeAsync().AsTask();

    [Fact]
    public async Task A_job_whose_worker_fell_silent_goes_back_to_the_queue_and_is_announced()
    {
        var id = await parts.SubmitAsync();
        var claim = await parts.Lifecycle.ClaimAsync((await JobAsync(id))!, JobStep.Encode, "w1", false, default);
        claim.Claim.ShouldNotBeNull();
        await parts.Queue.PurgeAsync(parts.Names.Normal, default);

        await parts.StartAsync(NewSweeper());
        await Soon.BeAsync(() => JobAsync(id).Result!.State == JobState.Pending, "the release", Tick);
        (parts.Clock.GetUtcNow() - claim.Claim!.Step.LeaseExpiresAt!.Value).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        await Soon.BeAsync(() => Announcements() == 1, "its message");
    }

    [Fact]
    public async Task A_sweep_looks_after_every_due_job_however_many_there_are()
    {
        var ids = new List<string>();
        for (var i = 0; i < 350; i++)
            ids.Add(await parts.SubmitAsync());
        await parts.Queue.PurgeAsync(parts.Names.Normal, default);
        parts.Clock.Advance(TimeSpan.FromSeconds(61));

        await parts.StartAsync(NewSweeper());
        await Soon.BeAsync(() => Announcements() == 350, "350 messages");
    }

    [Fact]
    public async Task The_sweeper_outlives_a_backend_outage_and_logs_it_once()
    {
        var (store, line) = FlakyStore.Around(parts.Memory);
        var calls = 0;
        line.IsCut = _ => Interlocked.Increment(ref calls) <= 5;
        var log = new LogLines<LeaseSweeper>();
        var id = await parts.SubmitAsync();
        await parts.Queue.PurgeAsync(parts.Names.Normal, default);
        parts.Clock.Advance(TimeSpan.FromSeconds(61));

        await parts.StartAsync(new LeaseSweeper(store, parts.Lifecycle, parts.Stillness, parts.Duties, parts.Settings.Feederd, parts.Clock, log));
        await Soon.BeAsync(() => Announcements() == 1, "the message after the outage", Tick);
        log.Lines.Count(logged => logged.Level == LogLevel.Error).ShouldBe(1);
        await Soon.BeAsync(() => log.Lines.Any(logged => logged.Text.Contains("again")), "the good news");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_job_that_the_store_does_not_take_keeps_no_other_waiting(bool isTooLarge)
    {
        var (store, line) = FlakyStore.Around(parts.Memory);
        var lifecycle = new JobLifecycle(
            store, parts.Queue, parts.Names, parts.Hub, LifecycleOptions.From(parts.Settings), parts.Clock, NullLogger<JobLifecycle>.Instance);
        var bad = await parts.SubmitAsync();
        parts.Clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 120; i++)
            await parts.SubmitAsync();
        await parts.Queue.PurgeAsync(parts.Names.Normal, default);
        parts.Clock.Advance(TimeSpan.FromSeconds(61));
        line.Fails = (name, args) => name != nameof(IJobStore.TryUpdateAsync) || ((JobChange)args[0]!).Job.Id != bad ? null
            : isTooLarge ? new RecordTooLargeException("Too large.") : new BackendUnavailableException("Refused.");

        await parts.StartAsync(new LeaseSweeper(
            store, lifecycle, parts.Stillness, parts.Duties, parts.Settings.Feederd, parts.Clock, new LogLines<LeaseSweeper>()));
        await Soon.BeAsync(() => Announcements() == 120, "the messages of all others");
    }

    [Fact]
    public async Task A_job_of_which_nothing_is_heard_for_a_day_is_abandoned()
    {
        var id = await parts.SubmitAsync();
        var submitted = parts.Clock.GetUtcNow();
        await parts.StartAsync(NewSweeper());
        await Soon.BeAsync(
            () => JobAsync(id).Result!.State == JobState.Abandoned, "ABANDONED",
            () => parts.Clock.Advance(TimeSpan.FromMinutes(5)));
        (parts.Clock.GetUtcNow() - submitted).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task Old_finished_jobs_are_pruned_in_batches_and_others_stay()
    {
        for (var i = 0; i < 1_200; i++)
            await SubmitFinishedAsync();
        parts.Clock.Advance(TimeSpan.FromDays(29));
        var recent = await SubmitFinishedAsync();
        var waiting = await parts.SubmitAsync();
        parts.Clock.Advance(TimeSpan.FromDays(2));

        var log = new LogLines<JobPruner>();
        await parts.StartAsync(new JobPruner(parts.Memory, new NoFleet(), parts.Stillness, parts.Duties, parts.Settings, parts.Clock, log));
        await Soon.BeAsync(() => !log.Lines.IsEmpty, "the pruning", () => parts.Clock.Advance(TimeSpan.FromMilliseconds(50)));
        log.Lines.First().Text.ShouldStartWith("Pruned 1200 finished jobs");
        var left = await parts.Memory.ListAsync(new JobQuery { Limit = 1000 }, default);
        left.Jobs.Select(job => job.Id).ShouldBe([waiting, recent], ignoreOrder: true);
    }

    [Fact]
    public async Task A_job_that_still_has_somebody_to_tell_is_not_pruned()
    {
        var id = await parts.SubmitFinishedAsync("http://127.0.0.1:1/");
        parts.Clock.Advance(TimeSpan.FromDays(40));
        var rounds = parts.Clock.WaitingTimers;
        await parts.StartAsync(NewPruner());
        await Soon.BeAsync(() => parts.Clock.WaitingTimers > rounds, "the end of the first round");
        (await JobAsync(id)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Workers_that_are_long_gone_are_forgotten_and_others_stay()
    {
        await PutNodeAsync("dead", NodeState.Active);
        await PutNodeAsync("left", NodeState.Terminated);
        parts.Clock.Advance(TimeSpan.FromSeconds(10 * 45));
        await PutNodeAsync("alive", NodeState.Active);
        await PutNodeAsync("just left", NodeState.Terminated);
        parts.Clock.Advance(TimeSpan.FromSeconds(1));

        await parts.StartAsync(NewPruner());
        await Soon.BeAsync(() => Nodes().Count == 2, "two to be forgotten");
        Nodes().ShouldBe(["alive", "just left"], ignoreOrder: true);
    }

    [Fact]
    public async Task Uploads_older_than_any_job_that_is_kept_are_deleted()
    {
        var folder = Directory.CreateDirectory(Path.Combine(parts.Settings.DataDir, "uploads"));
        var (old, fresh) = (Path.Combine(folder.FullName, "old"), Path.Combine(folder.FullName, "fresh.mp4"));
        Directory.CreateDirectory(old);
        await File.WriteAllTextAsync(Path.Combine(old, "movie.mp4"), "x");
        await File.WriteAllTextAsync(fresh, "x");
        var now = parts.Clock.GetUtcNow().UtcDateTime;
        Directory.SetLastWriteTimeUtc(old, now - TimeSpan.FromDays(31.1));
        File.SetLastWriteTimeUtc(fresh, now - TimeSpan.FromDays(30.9));

        await parts.StartAsync(NewPruner());
        await Soon.BeAsync(() => !Directory.Exists(old), "the old upload to go");
        File.Exists(fresh).ShouldBeTrue();
    }

    [Fact]
    public async Task Old_uploads_that_a_kept_job_names_stay_until_it_is_forgotten()
    {
        var (waiting, finished, unused) = (OldUpload(), OldUpload(), OldUpload());
        await SubmitOfAsync(waiting);
        await parts.Lifecycle.CancelAsync(await SubmitOfAsync(finished), default);

        await parts.StartAsync(NewPruner());
        await Soon.BeAsync(() => !Directory.Exists(unused), "the upload that no job names to go");
        await Soon.BeAsync(() => parts.Clock.WaitingTimers > 0, "the end of the round");
        (Directory.Exists(waiting), Directory.Exists(finished)).ShouldBe((true, true));

        await Soon.BeAsync(
            () => !Directory.Exists(finished), "the upload of the forgotten job to go",
            () => parts.Clock.Advance(TimeSpan.FromHours(1)));
        Directory.Exists(waiting).ShouldBeTrue();
    }

    [Fact]
    public async Task A_clock_that_was_set_back_is_not_forgotten_when_the_store_fails_just_then()
    {
        var clock = new SetBackClock(parts.Clock);
        using var watch = new ClockWatch(clock, TimeSpan.FromSeconds(45));
        var (store, line) = FlakyStore.Around(parts.Memory);
        var lifecycle = new JobLifecycle(
            store, parts.Queue, parts.Names, parts.Hub, new LifecycleOptions { Lease = TimeSpan.FromSeconds(45), Watch = watch },
            clock, NullLogger<JobLifecycle>.Instance);
        // More than one look at the store brings.
        var ids = new List<string>();
        for (var i = 0; i < 250; i++)
        {
            ids.Add(await lifecycle.SubmitAsync(FeederdParts.Spec(), null, [], default));
            (await lifecycle.ClaimAsync((await JobAsync(ids[^1]))!, JobStep.Encode, "w1", false, default)).Claim.ShouldNotBeNull();
        }

        clock.SetBack += TimeSpan.FromHours(8);
        var failures = 0;
        line.IsCut = method => method == nameof(IJobStore.GetDueAsync) && Interlocked.Increment(ref failures) == 1;

        await parts.StartAsync(new LeaseSweeper(
            store, lifecycle, parts.Stillness, parts.Duties, parts.Settings.Feederd, clock, new LogLines<LeaseSweeper>()));
        await Soon.BeAsync(
            () => ids.All(id => JobAsync(id).Result!.CurrentStep.LeaseExpiresAt < clock.GetUtcNow() + TimeSpan.FromMinutes(1)),
            "all leases to end within a minute", () => parts.Clock.Advance(TimeSpan.FromMilliseconds(100)));
        Volatile.Read(ref failures).ShouldBeGreaterThan(1);
        lifecycle.ClockSetBack.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_change_of_state_reaches_every_listener_and_garbage_is_thrown_away()
    {
        using var one = parts.Hub.Subscribe();
        using var other = parts.Hub.Subscribe();
        await parts.Queue.SendAsync(parts.Names.StateChanges, ["garbage", "{}"], TimeSpan.Zero, default);
        await parts.StartAsync(parts.NewListener());
        var id = await parts.SubmitAsync();

        (await one.Changes.ReadAsync()).ShouldBe(new StateChangeMessage(id, JobState.Pending));
        (await other.Changes.ReadAsync()).JobId.ShouldBe(id);
        await Soon.BeAsync(
            () => parts.Queue.ApproximateDepthAsync(parts.Names.StateChanges, default).Result == 0, "an empty queue");
    }

    [Fact]
    public void A_listener_that_does_not_read_costs_bounded_memory_and_ends_when_disposed()
    {
        var slow = parts.Hub.Subscribe();
        for (var i = 0; i < 5_000; i++)
            parts.Hub.Announce(new StateChangeMessage($"{i}", JobState.Pending));
        slow.Changes.Count.ShouldBe(1024);
        slow.Changes.TryPeek(out var oldest).ShouldBeTrue();
        oldest!.JobId.ShouldBe($"{5_000 - 1024}");

        slow.Dispose();
        parts.Hub.Announce(new StateChangeMessage("late", JobState.Pending));
        slow.Changes.Count.ShouldBe(1024);
    }

    private async Task<string> SubmitFinishedAsync()
    {
        var id = await parts.SubmitAsync();
        await parts.Lifecycle.CancelAsync(id, default);
        return id;
    }

    private string OldUpload()
    {
        var folder = Directory.CreateDirectory(Path.Combine(parts.Settings.DataDir, "uploads", Guid.NewGuid().ToString("N")));
        File.WriteAllText(Path.Combine(folder.FullName, "movie.mp4"), "x");
        folder.LastWriteTimeUtc = parts.Clock.GetUtcNow().UtcDateTime - TimeSpan.FromDays(31.1);
        return folder.FullName;
    }

    private Task<string> SubmitOfAsync(string upload) => parts.Lifecycle.SubmitAsync(
        FeederdParts.Spec() with { Source = new MediaUri(Path.Combine(upload, "movie.mp4"), null) }, null, [], default);

    private LeaseSweeper NewSweeper() =>
        new(parts.Memory, parts.Lifecycle, parts.Stillness, parts.Duties, parts.Settings.Feederd, parts.Clock, new LogLines<LeaseSweeper>());

    private JobPruner NewPruner() => new(parts.Memory, new NoFleet(), parts.Stillness, parts.Duties, parts.Settings, parts.Clock, new LogLines<JobPruner>());

    private void Tick() => parts.Clock.Advance(TimeSpan.FromSeconds(1));

    private Task<Job?> JobAsync(string id) => parts.Memory.GetAsync(id, default);

    private long Announcements() => parts.Queue.ApproximateDepthAsync(parts.Names.Normal, default).Result;

    private List<string> Nodes() => [.. parts.Memory.ListNodesAsync(default).Result.Select(node => node.Id)];

    private Task PutNodeAsync(string id, NodeState state) => parts.Memory.TryPutNodeAsync(
        new Node { Id = id, State = state, LastReportAt = parts.Clock.GetUtcNow(), Version = 1 }, 0, default);

    /// <summary>A clock whose time on the wall is behind that of its timers.</summary>
    private sealed class SetBackClock(FakeClock inner) : TimeProvider
    {
        public TimeSpan SetBack { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() - SetBack;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            inner.CreateTimer(callback, state, dueTime, period);
    }
}
