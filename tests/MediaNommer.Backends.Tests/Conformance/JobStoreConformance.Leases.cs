using MediaNommer.Core.Leases;
using MediaNommer.Core.Notifications;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Conformance;

/// <content>Leases, and claims of notifications.</content>
public abstract partial class JobStoreConformance
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(22);

    [Fact]
    public async Task A_lease_is_written_only_from_the_version_that_was_read_and_outlasts_a_wipe()
    {
        (await Store.GetLeaseAsync("duties", None)).ShouldBeNull();
        var lease = new Lease { Name = "duties", Owner = "host-1", Process = "boot/1 2 3", Seconds = 22.5, Version = 1 };
        (await Store.TryPutLeaseAsync(lease, 0, None)).ShouldBeTrue();
        (await Store.TryPutLeaseAsync(lease with { Owner = "host-2" }, 0, None)).ShouldBeFalse();
        (await Store.TryPutLeaseAsync(lease with { Owner = "host-2", Version = 3 }, 2, None)).ShouldBeFalse();
        (await Store.GetLeaseAsync("duties", None)).ShouldBe(lease);

        (await Store.TryPutLeaseAsync(lease with { Owner = "", Version = 2 }, 1, None)).ShouldBeTrue();
        await Store.WipeAsync(None);

        (await Store.GetLeaseAsync("duties", None))!.Version.ShouldBe(2);
        (await Store.GetLeaseAsync("another", None)).ShouldBeNull();
        (await Store.ListNodesAsync(None)).ShouldBeEmpty();
        (await Store.ListAsync(new(), None)).Jobs.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lease_goes_to_one_of_many_and_to_another_when_it_was_given_up_or_its_time_is_over()
    {
        var clock = new LeaseClock();
        var claims = Enumerable.Range(1, 4).Select(number => Claim($"host-{number}", clock)).ToList();
        var won = await Task.WhenAll(claims.Select(claim => Task.Run(() => claim.TryAcquireAsync(None))));
        won.Count(one => one).ShouldBe(1);
        var holder = claims[Array.IndexOf(won, true)];
        var other = claims.First(claim => claim != holder);
        (await other.TryAcquireAsync(None)).ShouldBeFalse();
        other.Holder.ShouldBe(holder.Holder);

        for (var renewals = 0; renewals < 4; renewals++)
        {
            clock.Now += Ttl * 0.8;
            (await holder.TryAcquireAsync(None)).ShouldBeTrue();
            (await other.TryAcquireAsync(None)).ShouldBeFalse("it was renewed in time");
        }

        clock.Now += Ttl * 1.01;
        holder.TimeLeft.ShouldBe(TimeSpan.Zero);
        (await other.TryAcquireAsync(None)).ShouldBeFalse("clocks may run differently fast");
        clock.Now += Ttl * 0.05;
        (await other.TryAcquireAsync(None)).ShouldBeTrue();
        (await holder.TryAcquireAsync(None)).ShouldBeFalse("it came too late");

        await other.ReleaseAsync(None);
        (await holder.TryAcquireAsync(None)).ShouldBeTrue("at once");
    }

    [Fact]
    public async Task No_clock_that_is_wrong_ends_a_lease()
    {
        var (here, there) = (new LeaseClock(), new LeaseClock { Now = TimeSpan.FromDays(300) });
        var (holder, other) = (Claim("host-1", here), Claim("host-2", there));
        (await holder.TryAcquireAsync(None)).ShouldBeTrue();
        (await other.TryAcquireAsync(None)).ShouldBeFalse();
        there.Now += Ttl;
        (await other.TryAcquireAsync(None)).ShouldBeFalse();
    }

    [Fact]
    public async Task The_lease_of_a_process_that_is_known_to_have_ended_is_free_at_once()
    {
        var clock = new LeaseClock();
        (await Claim("host-1", clock).TryAcquireAsync(None)).ShouldBeTrue();
        (await Claim("host-2", clock, isGone: process => process == "of host-1").TryAcquireAsync(None)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_notification_is_claimed_by_one_of_many_and_due_again_when_the_claim_ends()
    {
        var job = SampleJobs.Make(1);
        await Store.CreateAsync(job.Accepted(job.Notify(1), job.Notify(2)), null, None);
        var due = (await Store.GetDueNotificationsAsync(SampleJobs.Start, 10, None)).Single();
        Notification ClaimedBy(string who) => due with { ClaimedBy = who, NextAttemptAt = SampleJobs.Start.AddSeconds(30) };

        var won = await Task.WhenAll(Enumerable.Range(1, 4).Select(number => Task.Run(
            () => Store.TryUpdateNotificationAsync(ClaimedBy($"host-{number}"), due, null, None))));

        won.Count(one => one).ShouldBe(1);
        var claimed = ClaimedBy($"host-{Array.IndexOf(won, true) + 1}");
        (await Store.GetNotificationAsync(due.Id, None))!.Notification.ClaimedBy.ShouldBe(claimed.ClaimedBy);
        (await DueNotificationsAsync(SampleJobs.Start.AddSeconds(29))).ShouldBeEmpty("the second one waits for the first");
        (await DueNotificationsAsync(SampleJobs.Start.AddSeconds(30))).ShouldBe([due.Id]);

        var told = claimed with { State = NotificationState.Delivered, Attempts = 1, ClaimedBy = null };
        var attempt = new DeliveryAttempt { At = SampleJobs.Start, Status = 200 };
        (await Store.TryUpdateNotificationAsync(told, due, attempt, None)).ShouldBeFalse("it no longer stands so");
        (await Store.TryUpdateNotificationAsync(told, claimed, attempt, None)).ShouldBeTrue();
        (await Store.GetNotificationAsync(due.Id, None))!.Deliveries.ShouldBe([attempt]);
        (await DueNotificationsAsync(SampleJobs.Start)).ShouldBe([job.Notify(2).Id]);
        (await Store.TryUpdateNotificationAsync(SampleJobs.Make(2).Notify(1), null, null, None)).ShouldBeFalse("it is not there");
    }

    [Fact]
    public async Task A_probe_writes_nothing_that_anybody_reads()
    {
        await Store.ProbeAsync(None);
        await Store.ProbeAsync(None);

        (await Store.ListAsync(new(), None)).Jobs.ShouldBeEmpty();
        (await Store.ListNodesAsync(None)).ShouldBeEmpty();
        (await Store.GetNextNotificationTimeAsync(None)).ShouldBeNull();
    }

    private LeaseClaim Claim(string owner, TimeProvider clock, Func<string, bool>? isGone = null) => new(
        Store, new Lease { Name = "duties", Owner = owner, Process = $"of {owner}", Seconds = Ttl.TotalSeconds },
        isGone ?? (_ => false), clock);

    /// <summary>A clock that only says how much time has passed.</summary>
    private sealed class LeaseClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
