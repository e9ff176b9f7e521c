using MediaNommer.Core.Fleet;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public class FleetExperienceTests
{
    private readonly FleetExperience experience = new();

    [Fact]
    public void Guesses_until_something_is_known_and_then_goes_by_what_was_seen()
    {
        experience.SecondsPerJob("c7a.large").ShouldBeInRange(30, 600);

        for (var i = 0; i < 100; i++)
            experience.LearnJob("c7a.large", source: 60, work: 90);

        experience.SecondsPerJob("c7a.large").ShouldBe(90, 1);
        experience.SecondsPerSourceSecond("c7a.large").ShouldBe(1.5, 0.02);
    }

    [Fact]
    public void A_faster_type_is_known_to_be_faster_even_if_it_was_given_the_longer_jobs()
    {
        for (var i = 0; i < 100; i++)
        {
            experience.LearnJob("slow", source: 100, work: 200);
            experience.LearnJob("fast", source: 300, work: 150);
        }

        experience.SecondsPerJob("slow").ShouldBe(400, 10); // jobs of 200 s on average
        experience.SecondsPerJob("fast").ShouldBe(100, 5);
    }

    [Fact]
    public void The_newest_jobs_count_most()
    {
        for (var i = 0; i < 1000; i++)
            experience.LearnJob("t", 10, 10);
        for (var i = 0; i < 30; i++)
            experience.LearnJob("t", 100, 100);
        experience.SecondsPerJob("t").ShouldBeGreaterThan(70);
    }

    [Fact]
    public void Pictures_have_no_length_and_still_take_time()
    {
        for (var i = 0; i < 500; i++)
            experience.LearnJob("t", source: 0, work: 0.5);
        experience.SecondsPerJob("t").ShouldBe(0.5, 0.05);
        experience.SecondsPerJob("other").ShouldBe(0.5, 0.05);
    }

    [Fact]
    public void Nonsense_teaches_nothing_and_any_number_of_types_is_bearable()
    {
        var before = experience.SecondsPerJob("t");
        experience.LearnJob("t", double.NaN, 1);
        experience.LearnJob("t", 1, double.PositiveInfinity);
        experience.LearnJob("t", -1, 1);
        experience.LearnJob("t", 1, 0);
        experience.SecondsPerJob("t").ShouldBe(before);

        for (var i = 0; i < 10_000; i++)
            experience.LearnJob($"t{i}", 50, 50);
        experience.SecondsPerJob("t9999").ShouldBe(50, 1);
    }

    [Fact]
    public void Learns_how_long_machines_take_to_start()
    {
        var expected = TimeSpan.FromSeconds(75);
        experience.StartSeconds(expected).ShouldBe(75);
        for (var i = 0; i < 50; i++)
            experience.LearnStart(TimeSpan.FromSeconds(120));
        experience.StartSeconds(expected).ShouldBeInRange(110, 120);
        experience.LearnStart(TimeSpan.FromSeconds(-5));
        experience.StartSeconds(expected).ShouldBeGreaterThan(80);
    }
}
