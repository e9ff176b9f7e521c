using FsCheck;
using FsCheck.Fluent;
using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;
using static MediaNommer.Tests.Jobs.LifecycleRig;

namespace MediaNommer.Tests.Jobs;

/// <summary>
/// Workers that claim, report, stall, come back and complete, a sweeper, a user who cancels, and time, in any order:
/// nothing that is stale is ever written, and every job ends, once.
/// </summary>
public sealed class JobInterleavingTests
{
    private enum Deed { Read, Claim, Report, Finish, Fail, FailForNow, Stop, ObeyCancel, Sweep, Wait, WaitLong, Cancel }

    private static readonly Gen<(Deed Deed, int Who)> Steps =
        from deed in Gen.Frequency(
            (20, Gen.Elements(Deed.Read, Deed.Claim, Deed.Claim, Deed.Report, Deed.Report)),
            (8, Gen.Elements(Deed.Finish, Deed.Fail, Deed.FailForNow, Deed.FailForNow, Deed.Stop, Deed.ObeyCancel)),
            (12, Gen.Elements(Deed.Sweep, Deed.Wait, Deed.Wait, Deed.WaitLong)),
            (1, Gen.Constant(Deed.Cancel)))
        from who in Gen.Choose(0, 3)
        select (deed, who);

    [Fact]
    public void Every_job_ends_exactly_once_and_no_stale_run_writes() =>
        Prop.ForAll(Gen.ListOf(Steps).ToArbitrary(), deeds => PlayAsync(deeds).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(120));

    private static async Task PlayAsync(IEnumerable<(Deed Deed, int Who)> deeds)
    {
        var play = new Play();
        await play.BeginAsync();
        foreach (var (deed, who) in deeds)
            await play.DoAsync(deed, who);
        await play.FinishAsync();
    }

    private sealed class Play
    {
        private readonly LifecycleRig rig = new();
        private readonly Job?[] readings = new Job?[4];
        private readonly StepClaim?[] claims = new StepClaim?[4];
        private string id = "";

        public async Task BeginAsync() => id = await rig.SubmitAsync();

        public async Task DoAsync(Deed deed, int who)
        {
            var before = await rig.GetAsync(id);
            await ActAsync(deed, who);
            var after = await rig.GetAsync(id);

            after.Version.ShouldBeInRange(before.Version, before.Version + 1);
            after.Steps[0].Attempt.ShouldBeInRange(before.Steps[0].Attempt, before.Steps[0].Attempt + 1);
            after.Steps[0].Strikes.ShouldBeLessThanOrEqualTo(after.Spec.MaxAttempts);
            after.State.ShouldBe(after.Steps[0].State);
            if (before.State.IsFinished())
                after.Version.ShouldBe(before.Version);
        }

        /// <summary>The user is content and one good worker remains: the job must come to its end.</summary>
        public async Task FinishAsync()
        {
            for (var round = 0; !(await rig.GetAsync(id)).State.IsFinished(); round++)
            {
                round.ShouldBeLessThan(10);
                rig.Clock.Advance(TimeSpan.FromMinutes(16));
                await rig.SweepAsync();
                if ((await rig.TryClaimAsync(id, "good")).Claim is { } claim)
                    await rig.Lifecycle.CompleteAsync(claim, Success, null, None);
            }

            var history = await rig.HistoryAsync(id);
            history.Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, history.Count));
            history.Count(line => line.State.IsFinished()).ShouldBe(1);
            history[^1].State.ShouldBe((await rig.GetAsync(id)).State);
            foreach (var claim in claims.OfType<StepClaim>())
                (await rig.Lifecycle.CompleteAsync(claim, Success, null, None)).ShouldBeFalse();
        }

        private async Task ActAsync(Deed deed, int who)
        {
            switch (deed)
            {
                case Deed.Read:
                    readings[who] = await rig.GetAsync(id);
                    break;
                case Deed.Claim:
                    var reading = readings[who] ?? await rig.GetAsync(id);
                    var result = await rig.Lifecycle.ClaimAsync(reading, JobStep.Encode, $"w{who}", who == 0, None);
                    claims[who] = result.Claim ?? claims[who];
                    break;
                case Deed.Report when claims[who] is { } claim:
                    await ReportAsync(claim);
                    break;
                case Deed.Sweep:
                    await rig.SweepAsync();
                    break;
                case Deed.Wait or Deed.WaitLong:
                    rig.Clock.Advance(TimeSpan.FromSeconds(deed == Deed.Wait ? 10 : 50));
                    break;
                case Deed.Cancel:
                    await rig.Lifecycle.CancelAsync(id, None);
                    break;
                default:
                    if (claims[who] is { } ending && ResultOf(deed) is { } outcome)
                        await CompleteAsync(ending, outcome);
                    break;
            }
        }

        private async Task ReportAsync(StepClaim claim)
        {
            var isCurrent = await IsCurrentAsync(claim);
            var next = claim.Step.State < JobState.Uploading ? claim.Step.State + 1 : (JobState?)null;
            var directive = await rig.ReportAsync(claim, isCurrent ? next : null);
            (directive == RunDirective.LeaseLost).ShouldBe(!isCurrent);
        }

        private async Task CompleteAsync(StepClaim claim, RunResult result)
        {
            var isCurrent = await IsCurrentAsync(claim);
            (await rig.Lifecycle.CompleteAsync(claim, result, null, None)).ShouldBe(isCurrent);
        }

        private async Task<bool> IsCurrentAsync(StepClaim claim)
        {
            var step = await rig.StepAsync(id);
            return step.State.IsRunning() && step.Attempt == claim.Attempt;
        }

        private static RunResult? ResultOf(Deed deed) => deed switch
        {
            Deed.Finish => Success,
            Deed.Fail => Failure,
            Deed.FailForNow => PassingFailure,
            Deed.Stop => Stopping,
            Deed.ObeyCancel => LifecycleRig.Cancelled,
            _ => null,
        };
    }
}
