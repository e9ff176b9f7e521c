using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

/// <summary>What workers do about destinations that exist.</summary>
public sealed class WorkerDestinationTests
{
    [Fact]
    public async Task A_destination_that_exists_ends_the_job_before_anything_is_encoded()
    {
        await using var system = await WithAsync("somebody's film");
        var id = await system.SubmitAsync(spec => spec with { IfExists = IfExists.Fail });
        var job = await system.UntilAsync(id, JobState.Error);

        job.StateDetails.ShouldNotBeNull().ShouldContain("exists already");
        (job.CurrentStep.Attempt, system.Nommer.Runs).ShouldBe((1, 0));
        File.ReadAllText(system.DestPath).ShouldBe("somebody's film");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_that_skips_is_finished_and_says_that_it_kept_what_was_there(bool appearsLater)
    {
        await using var system = await WithAsync(appearsLater ? null : "somebody's film");
        if (appearsLater)
            system.Nommer.Examine = _ => File.WriteAllText(system.DestPath, "somebody's film");
        var id = await system.SubmitAsync(spec => spec with { IfExists = IfExists.Skip });
        var job = await system.UntilAsync(id, JobState.Finished);

        job.StateDetails.ShouldNotBeNull().ShouldContain("kept as it is");
        job.Output.ShouldBeNull();
        (await system.Store.GetEventsAsync(id, default))[^1].Reason.ShouldContain("Skipped");
        File.ReadAllText(system.DestPath).ShouldBe("somebody's film");
        system.Nommer.Runs.ShouldBe(appearsLater ? 1 : 0);
        Directory.GetFiles(Path.GetDirectoryName(system.DestPath)!).ShouldBe([system.DestPath]);
    }

    [Fact]
    public async Task An_output_that_an_earlier_attempt_put_in_place_before_it_died_is_replaced()
    {
        await using var system = await WithAsync(null);
        var id = await system.SubmitAsync(spec => spec with { IfExists = IfExists.Fail });
        await system.UntilAsync(id, JobState.Finished);
        // The same, as if the worker had died before it could write that.
        var finished = (await system.Store.GetAsync(id, default))!;
        var step = finished.CurrentStep with { State = JobState.Pending, LeaseExpiresAt = null };
        var again = finished.WithStep(step) with { State = JobState.Pending, FinishedAt = null, Version = finished.Version + 1 };
        await system.Store.TryUpdateAsync(new JobChange { Job = again }, finished.Version, default);
        await system.Queue.SendAsync(system.Names.For(JobPriority.Normal), [new WakeMessage(id, JobStep.Encode).ToBody()], TimeSpan.Zero, default);

        (await system.UntilAsync(id, JobState.Finished)).CurrentStep.Attempt.ShouldBe(2);

        File.ReadAllText(system.DestPath).ShouldBe("picture and sound #2");
    }

    [Fact]
    public async Task An_output_gets_the_time_of_its_source_when_that_is_wanted()
    {
        await using var system = await WithAsync(null);
        var at = new DateTime(2011, 3, 4, 5, 6, 7, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(system.SourcePath, at);
        var id = await system.SubmitAsync(spec => spec with { PreserveMtime = true });
        await system.UntilAsync(id, JobState.Finished);

        File.GetLastWriteTimeUtc(system.DestPath).ShouldBe(at);
    }

    private static async Task<WorkerFixture> WithAsync(string? existing)
    {
        var system = new WorkerFixture();
        Directory.CreateDirectory(Path.GetDirectoryName(system.DestPath)!);
        if (existing is not null)
            await File.WriteAllTextAsync(system.DestPath, existing);
        await system.StartWorkerAsync();
        return system;
    }
}
