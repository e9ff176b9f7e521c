using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Conformance;

/// <content>Two unfinished jobs with one destination.</content>
public abstract partial class JobStoreConformance
{
    private const string Place = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task A_destination_that_an_unfinished_job_has_is_refused_and_the_job_named()
    {
        await Store.CreateAsync(Wanting(1), null, None);

        (await Refused(() => Store.CreateAsync(Wanting(2), null, None))).ShouldBe(SampleJobs.Id(1));

        (await Store.GetAsync(SampleJobs.Id(2), None)).ShouldBeNull();
        (await Store.CreateAsync(Wanting(3, place: "another"), null, None)).ShouldBe(SampleJobs.Id(3));
    }

    [Theory]
    [InlineData(JobState.Finished)]
    [InlineData(JobState.Error)]
    [InlineData(JobState.Cancelled)]
    public async Task A_destination_is_free_again_when_its_job_has_ended(JobState state)
    {
        await Store.CreateAsync(Wanting(1), null, None);
        await EndAsync(1, state);

        (await Store.CreateAsync(Wanting(2), null, None)).ShouldBe(SampleJobs.Id(2));
        (await Refused(() => Store.CreateAsync(Wanting(3), null, None))).ShouldBe(SampleJobs.Id(2));
    }

    [Fact]
    public async Task Of_many_that_want_one_destination_at_once_one_gets_it()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 8).Select(n => Task.Run(() => TryAsync(Wanting(n)))));

        outcomes.Count(isStored => isStored).ShouldBe(1);
        (await Store.CountUnfinishedAsync(None))[JobState.Pending].ShouldBe(1);
    }

    [Fact]
    public async Task Of_many_that_want_the_destination_of_a_job_that_has_ended_one_gets_it()
    {
        await Store.CreateAsync(Wanting(1), null, None);
        await EndAsync(1, JobState.Error);

        var outcomes = await Task.WhenAll(Enumerable.Range(2, 8).Select(n => Task.Run(() => TryAsync(Wanting(n)))));

        outcomes.Count(isStored => isStored).ShouldBe(1);
    }

    [Fact]
    public async Task A_job_that_replaces_what_it_finds_is_let_in_and_keeps_others_out()
    {
        await Store.CreateAsync(Wanting(1), null, None);

        (await Store.CreateAsync(Wanting(2, mayShare: true), null, None)).ShouldBe(SampleJobs.Id(2));
        (await Store.CreateAsync(Wanting(3, mayShare: true), null, None)).ShouldBe(SampleJobs.Id(3));
        await EndAsync(1, JobState.Finished);
        (await Refused(() => Store.CreateAsync(Wanting(4), null, None))).ShouldBeOneOf(SampleJobs.Id(2), SampleJobs.Id(3));
    }

    [Fact]
    public async Task One_that_was_let_in_and_has_ended_lets_nobody_in_beside_the_others()
    {
        await Store.CreateAsync(Wanting(1), null, None);
        await Store.CreateAsync(Wanting(2, mayShare: true), null, None);
        await Store.CreateAsync(Wanting(3, mayShare: true), null, None);
        await EndAsync(3, JobState.Finished);
        await EndAsync(2, JobState.Finished);

        (await Refused(() => Store.CreateAsync(Wanting(4), null, None))).ShouldBe(SampleJobs.Id(1));
    }

    [Fact]
    public async Task A_job_that_is_retried_takes_its_destination_again_or_is_refused()
    {
        await Store.CreateAsync(Wanting(1), null, None);
        var ended = await EndAsync(1, JobState.Error);
        await Store.CreateAsync(Wanting(2), null, None);
        var retried = ended.Next(JobState.Pending) with { Hold = new DestinationHold(Place, MayShare: false) };

        (await Refused(() => Store.TryUpdateAsync(retried, ended.Version, None))).ShouldBe(SampleJobs.Id(2));
        (await GetAsync(1)).State.ShouldBe(JobState.Error);

        await EndAsync(2, JobState.Cancelled);
        (await Store.TryUpdateAsync(retried, ended.Version, None)).ShouldBeTrue();
        (await Refused(() => Store.CreateAsync(Wanting(3), null, None))).ShouldBe(SampleJobs.Id(1));
    }

    [Fact]
    public async Task A_request_that_is_repeated_with_its_key_gives_its_job_and_no_refusal()
    {
        await Store.CreateAsync(Wanting(1), "key", None);

        (await Store.CreateAsync(Wanting(2), "key", None)).ShouldBe(SampleJobs.Id(1));
        (await Refused(() => Store.CreateAsync(Wanting(3), "other key", None))).ShouldBe(SampleJobs.Id(1));
        // The key of what was refused was not used.
        await EndAsync(1, JobState.Finished);
        (await Store.CreateAsync(Wanting(4), "other key", None)).ShouldBe(SampleJobs.Id(4));
    }

    [Fact]
    public async Task A_pruned_job_has_no_destination()
    {
        await Store.CreateAsync(Wanting(1), null, None);
        await EndAsync(1, JobState.Finished);
        (await Store.PruneAsync(SampleJobs.Start.AddDays(1), 10, None)).ShouldBe(1);

        (await Store.CreateAsync(Wanting(2), null, None)).ShouldBe(SampleJobs.Id(2));
    }

    private static JobChange Wanting(int number, bool mayShare = false, string place = Place)
    {
        var job = SampleJobs.Make(number);
        job = job with
        {
            Spec = job.Spec with { DestKey = place, IfExists = mayShare ? IfExists.Overwrite : IfExists.Fail },
        };
        return job.Accepted() with { Hold = new DestinationHold(place, mayShare) };
    }

    private async Task<Job> EndAsync(int number, JobState state)
    {
        var job = await GetAsync(number);
        (await Store.TryUpdateAsync(job.Next(state), job.Version, None)).ShouldBeTrue();
        return await GetAsync(number);
    }

    private async Task<bool> TryAsync(JobChange change)
    {
        try
        {
            await Store.CreateAsync(change, null, None);
            return true;
        }
        catch (DestinationTakenException)
        {
            return false;
        }
    }

    private static async Task<string> Refused(Func<Task> write) =>
        (await Should.ThrowAsync<DestinationTakenException>(write)).JobId;
}
