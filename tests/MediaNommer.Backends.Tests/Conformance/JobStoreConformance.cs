using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Conformance;

/// <summary>What every job store must do. An adapter inherits it and says how to open an empty store.</summary>
public abstract partial class JobStoreConformance : IAsyncLifetime
{
    protected IJobStore Store { get; private set; } = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync() => Store = await OpenAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Many_may_initialize_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Store.InitializeAsync(None))));

        (await Store.GetAsync(SampleJobs.Id(1), None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_job_is_read_back_as_it_was_written()
    {
        var job = SampleJobs.Make(1, JobState.Encoding).Labelled("team=news", "日本", "it's \"quoted\"") with
        {
            StateDetails = "100 % \0 🎬 'quoted' \r\n \\ end",
            WaitReason = "because",
            CreatedAt = SampleJobs.Start.AddTicks(1234567),
            Output = new OutputFacts { Size = long.MaxValue, Duration = 12.345678, Streams = ["video:h264"] },
            Steps =
            [
                new JobStep
                {
                    Name = "encode", State = JobState.Encoding, Attempt = 3, Strikes = 2, WorkerId = "host-1-2",
                    LeaseExpiresAt = SampleJobs.Start.AddTicks(7), LastOutcome = RunOutcome.LeaseLost,
                    Progress = new StepProgress { Fraction = 0.25, Fps = 30, Speed = 1.5, SecondsLeft = 9 },
                },
                new JobStep { Name = "stitch", WaitsFor = ["encode"] },
            ],
        };

        (await Store.CreateAsync(job.Accepted(), null, None)).ShouldBe(job.Id);

        JobJson.Write((await Store.GetAsync(job.Id, None))!).ShouldBe(JobJson.Write(job));
    }

    [Fact]
    public async Task An_unknown_job_is_null_and_has_no_history_and_no_log()
    {
        (await Store.GetAsync("no such job", None)).ShouldBeNull();
        (await Store.GetEventsAsync("no such job", None)).ShouldBeEmpty();
        (await Store.GetLogAsync("no such job", 1, None)).ShouldBeNull();
    }

    [Fact]
    public async Task An_update_writes_the_job_its_history_and_its_log()
    {
        var job = await CreateAsync(1);
        var change = job.Next(JobState.Encoding) with { Log = new JobLog(1, "frame=1") };

        (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();

        (await GetAsync(1)).State.ShouldBe(JobState.Encoding);
        (await GetAsync(1)).Version.ShouldBe(2);
        var history = await Store.GetEventsAsync(job.Id, None);
        history.Select(line => line.Sequence).ShouldBe([1, 2]);
        history[1].Reason.ShouldBe("Now ENCODING.");
        (await Store.GetLogAsync(job.Id, 1, None)).ShouldBe(new JobLog(1, "frame=1"));
    }

    [Fact]
    public async Task An_update_from_a_stale_version_writes_nothing()
    {
        var job = await CreateAsync(1);
        (await Store.TryUpdateAsync(job.Next(JobState.Encoding), 1, None)).ShouldBeTrue();
        var stale = job.Next(JobState.Error, job.Notify(2)) with { Log = new JobLog(1, "stale") };

        (await Store.TryUpdateAsync(stale, 1, None)).ShouldBeFalse();

        (await GetAsync(1)).State.ShouldBe(JobState.Encoding);
        (await Store.GetEventsAsync(job.Id, None)).Count.ShouldBe(2);
        (await Store.GetLogAsync(job.Id, 1, None)).ShouldBeNull();
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
    }

    [Fact]
    public async Task An_update_of_a_job_that_is_gone_writes_nothing()
    {
        var job = SampleJobs.Make(1);

        (await Store.TryUpdateAsync(job.Next(JobState.Encoding), 1, None)).ShouldBeFalse();

        (await Store.GetAsync(job.Id, None)).ShouldBeNull();
        (await Store.GetEventsAsync(job.Id, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_many_updates_from_one_version_exactly_one_wins()
    {
        var job = await CreateAsync(1);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() =>
        {
            var change = job.Next(JobState.Downloading);
            change = change with { Job = change.Job with { StateDetails = $"{i}" } };
            return Store.TryUpdateAsync(change, 1, None);
        })));

        results.Count(won => won).ShouldBe(1);
        (await GetAsync(1)).StateDetails.ShouldBe($"{Array.IndexOf(results, true)}");
        (await Store.GetEventsAsync(job.Id, None)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Several_history_lines_of_one_change_keep_their_order()
    {
        var job = SampleJobs.Make(1);
        var change = job.Accepted() with { Events = [.. Enumerable.Range(1, 12).Select(i => SampleJobs.Line(i, $"{i}"))] };

        await Store.CreateAsync(change, null, None);

        (await Store.GetEventsAsync(job.Id, None)).Select(line => line.Reason)
            .ShouldBe(Enumerable.Range(1, 12).Select(i => $"{i}"));
    }

    [Fact]
    public async Task Each_attempt_has_its_own_log_even_a_long_one()
    {
        var job = await CreateAsync(1);
        var longText = string.Concat(Enumerable.Repeat("frame= 100 \0 fps=25 ✓\n", 10_000));
        var first = job.Next(JobState.Pending) with { Log = new JobLog(1, "first") };
        await Store.TryUpdateAsync(first, 1, None);
        await Store.TryUpdateAsync(first.Job.Next(JobState.Error) with { Log = new JobLog(2, longText) }, 2, None);

        (await Store.GetLogAsync(job.Id, 1, None))!.Text.ShouldBe("first");
        (await Store.GetLogAsync(job.Id, 2, None))!.Text.ShouldBe(longText);
        (await Store.GetLogAsync(job.Id, 3, None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_log_that_is_written_again_while_its_run_goes_on_takes_the_place_of_the_one_before()
    {
        var job = await CreateAsync(1);
        var noise = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(600_000));
        foreach (var text in (string[])["short", noise, "short again"])
        {
            var watched = job with { LogWantedUntil = job.CreatedAt.AddDays(1) };
            var change = watched.Next(JobState.Encoding) with { Log = new JobLog(1, text) };
            (await Store.TryUpdateAsync(change, job.Version, None)).ShouldBeTrue();
            job = change.Job;

            (await Store.GetLogAsync(job.Id, 1, None))!.Text.ShouldBe(text);
        }
    }

    [Fact]
    public async Task The_same_idempotency_key_gives_the_same_job()
    {
        (await Store.CreateAsync(SampleJobs.Make(1).Accepted(), "key", None)).ShouldBe(SampleJobs.Id(1));

        (await Store.CreateAsync(SampleJobs.Make(2).Accepted(), "key", None)).ShouldBe(SampleJobs.Id(1));
        (await Store.CreateAsync(SampleJobs.Make(3).Accepted(), "Key", None)).ShouldBe(SampleJobs.Id(3));

        (await Store.GetAsync(SampleJobs.Id(2), None)).ShouldBeNull();
        (await Store.GetEventsAsync(SampleJobs.Id(2), None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_idempotency_key_is_forgotten_after_24_hours()
    {
        await Store.CreateAsync(SampleJobs.Make(1).Accepted(), "key", None);

        (await CreateLaterAsync(2, TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1))).ShouldBe(SampleJobs.Id(1));
        (await CreateLaterAsync(3, TimeSpan.FromHours(24))).ShouldBe(SampleJobs.Id(3));
        (await CreateLaterAsync(4, TimeSpan.FromHours(25))).ShouldBe(SampleJobs.Id(3));

        Task<string> CreateLaterAsync(int number, TimeSpan later) => Store.CreateAsync(
            (SampleJobs.Make(number) with { CreatedAt = SampleJobs.Start + later }).Accepted(), "key", None);
    }

    [Fact]
    public async Task Of_many_creations_with_one_key_exactly_one_is_stored()
    {
        var ids = await Task.WhenAll(Enumerable.Range(1, 20).Select(i =>
            Task.Run(() => Store.CreateAsync(SampleJobs.Make(i).Accepted(), "key", None))));

        ids.Distinct().Count().ShouldBe(1);
        (await Store.ListAsync(new JobQuery(), None)).Jobs.Single().Id.ShouldBe(ids[0]);
    }

    /// <summary>An empty store, initialized.</summary>
    protected abstract Task<IJobStore> OpenAsync();

    private async Task<Job> CreateAsync(int number, JobState state = JobState.Pending) =>
        await CreateAsync(SampleJobs.Make(number, state));

    private async Task<Job> CreateAsync(Job job)
    {
        await Store.CreateAsync(job.Accepted(), null, None);
        return job;
    }

    private async Task<Job> GetAsync(int number) => (await Store.GetAsync(SampleJobs.Id(number), None))!;
}
