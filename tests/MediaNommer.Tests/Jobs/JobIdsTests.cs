using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Jobs;

public sealed class JobIdsTests
{
    private readonly JobIds made = new();

    [Fact]
    public void Ids_grow_even_when_many_are_made_in_the_same_moment()
    {
        var clock = new FakeClock();
        var ids = Enumerable.Range(0, 10_000).Select(_ => made.New(clock.GetUtcNow())).ToList();
        clock.Advance(TimeSpan.FromMilliseconds(10));
        ids.Add(made.New(clock.GetUtcNow()));

        ids.ShouldBe(ids.Order(StringComparer.Ordinal));
        ids.Distinct().Count().ShouldBe(ids.Count);
    }

    [Fact]
    public void They_are_UUIDs_of_version_7_that_tell_the_time()
    {
        var clock = new FakeClock();
        var id = made.New(clock.GetUtcNow());

        var uuid = Guid.ParseExact(id, "N");
        uuid.Version.ShouldBe(7);
        (uuid.Variant & 0xC).ShouldBe(8);
        Convert.ToInt64(id[..12], 16).ShouldBe(clock.GetUtcNow().ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task Threads_that_make_them_side_by_side_get_no_two_alike()
    {
        var clock = new FakeClock();
        var lanes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Enumerable.Range(0, 5_000).Select(_ => made.New(clock.GetUtcNow())[..16]).ToList())));

        lanes.SelectMany(ids => ids).Distinct().Count().ShouldBe(20_000);
        lanes.ShouldAllBe(ids => ids.SequenceEqual(ids.Order(StringComparer.Ordinal)));
    }
}
