using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using static MediaNommer.Tests.Jobs.LifecycleRig;

namespace MediaNommer.Tests.Jobs;

/// <summary>Once a job has ended, no run of it that was frozen can still put its output in place.</summary>
public sealed class OutputFenceTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-fence-");
    private readonly FileStorage storage = new();
    private readonly LifecycleRig rig;

    public OutputFenceTests()
    {
        var clock = new FakeClock();
        rig = new LifecycleRig(new OutputFence(
            new MediaStorages([storage], ["file"]), SecretBox.Ephemeral(), clock, NullLogger<OutputFence>.Instance));
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("cancelled while it waits for its next attempt", JobState.Cancelled)]
    [InlineData("cancelled while it is frozen", JobState.Cancelled)]
    [InlineData("out of attempts", JobState.Error)]
    [InlineData("out of attempts, as another worker finds", JobState.Error)]
    [InlineData("abandoned", JobState.Abandoned)]
    [InlineData("failed before it had looked at the destination", JobState.Error)]
    public async Task A_frozen_run_of_a_job_that_others_ended_has_nothing_to_put_in_place(string how, JobState state)
    {
        var dest = Path.Combine(folder.FullName, "film.mp4");
        var id = await rig.SubmitAsync(Spec with
        {
            Dest = new MediaUri(dest, null), MaxAttempts = how.StartsWith("out", StringComparison.Ordinal) ? 1 : 3,
        });
        var claim = await rig.ClaimAsync(id);
        await rig.BringToAsync(claim, JobState.Uploading);
        await using var staged = await StageAsync(dest, new OutputTag(id, claim.Attempt));

        var error = await Should.ThrowAsync<MediaStorageException>(() => staged.PromoteAsync(_ => EndAsync(id, how), default));

        error.Code.ShouldBe(MediaStorageErrors.Superseded);
        (await rig.GetAsync(id)).State.ShouldBe(state);
        folder.GetFileSystemInfos().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_reports_while_its_output_is_taken_away_hears_that_it_has_lost_its_step()
    {
        var directive = RunDirective.Continue;
        var slow = new LateReport();
        var own = new LifecycleRig(new OutputFence(
            new MediaStorages([slow], ["file"]), SecretBox.Ephemeral(), rig.Clock, NullLogger<OutputFence>.Instance));
        var id = await own.SubmitAsync(Spec with { MaxAttempts = 1 });
        var claim = await own.ClaimAsync(id);
        slow.Report = async () => directive = await own.Lifecycle.ReportAsync(claim, new StepProgress(), state: null, None);
        await own.BringToAsync(claim, JobState.Uploading);
        own.Clock.Advance(own.Options.Lease);

        await own.SweepAsync();

        directive.ShouldBe(RunDirective.LeaseLost);
        (await own.GetAsync(id)).State.ShouldBe(JobState.Error);
        // And with a new attempt all begins anew.
        await own.Lifecycle.RetryAsync(id, None);
        (await own.GetAsync(id)).Steps.ShouldHaveSingleItem().IsClosing.ShouldBeFalse();
    }

    [Fact]
    public async Task A_destination_that_cannot_be_reached_does_not_keep_a_job_from_ending_and_the_history_says_so()
    {
        var id = await rig.SubmitAsync(Spec with { Dest = new MediaUri("gopher://far/film.mp4", null), MaxAttempts = 1 });
        await rig.ClaimAsync(id);
        rig.Clock.Advance(rig.Options.Lease);
        await rig.SweepAsync();

        (await rig.GetAsync(id)).State.ShouldBe(JobState.Error);
        (await rig.HistoryAsync(id))[^1].Reason.ShouldContain("could not be removed");
    }

    private async Task<IStagedOutput> StageAsync(string dest, OutputTag tag)
    {
        var output = Path.Combine(folder.FullName, "output");
        await File.WriteAllTextAsync(output, "picture and sound");
        await storage.PrepareAsync(dest, tag, default);
        return await storage.StageAsync(output, dest, tag, null, default);
    }

    private async Task EndAsync(string id, string how)
    {
        if (how == "cancelled while it is frozen")
            await rig.Lifecycle.CancelAsync(id, None);
        rig.Clock.Advance(how == "abandoned" ? rig.Options.AbandonAfter : rig.Options.Lease);
        if (how == "out of attempts, as another worker finds")
            await rig.TryClaimAsync(id, "w2");
        else
            await rig.SweepAsync();
        if (how == "abandoned")
        {
            rig.Clock.Advance(rig.Options.AbandonAfter);
            await rig.SweepAsync();
        }

        if (how == "cancelled while it waits for its next attempt")
            await rig.Lifecycle.CancelAsync(id, None);
        if (how == "failed before it had looked at the destination")
            await rig.Lifecycle.CompleteAsync(await rig.ClaimAsync(id, "w2"), Failure, null, None);
    }

    /// <summary>A storage in which taking an output away lasts for long enough for its run to report.</summary>
    private sealed class LateReport : IMediaStorage
    {
        public Func<Task> Report { get; set; } = () => Task.CompletedTask;

        public IReadOnlyList<string> Schemes => ["file"];

        public Task CleanUpAsync(string address, OutputTag tag, CancellationToken cancellation) => Report();

        public Task<MediaStat> StatAsync(string address, CancellationToken cancellation) => throw new NotSupportedException();

        public Task FetchAsync(string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IStagedOutput> StageAsync(
            string path, string address, OutputTag tag, IProgress<TransferProgress>? progress, CancellationToken cancellation) =>
            throw new NotSupportedException();
    }
}
