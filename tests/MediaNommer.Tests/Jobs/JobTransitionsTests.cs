using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Jobs;

public sealed class JobTransitionsTests
{
    // Written out once more, by hand: rows are where a job stands, columns where it may go, in the order of JobState.
    private static readonly string[] Table =
    [
        //       P D E U F E A C
        "Pending     . x . . . x x x",
        "Downloading x . x . . x x x",
        "Encoding    x . . x . x x x",
        "Uploading   x . . . x x x x",
        "Finished    . . . . . . . .",
        "Error       x . . . . . . .",
        "Abandoned   x . . . . . . .",
        "Cancelled   x . . . . . . .",
    ];

    public static TheoryData<JobState, JobState, bool> AllPairs()
    {
        var pairs = new TheoryData<JobState, JobState, bool>();
        foreach (var row in Table)
        {
            var cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (var to in JobStates.All)
                pairs.Add(Enum.Parse<JobState>(cells[0]), to, cells[1 + (int)to] == "x");
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(AllPairs))]
    public void Only_the_changes_in_the_table_are_allowed(JobState from, JobState to, bool allowed)
    {
        JobTransitions.Allows(from, to).ShouldBe(allowed);
        if (allowed)
            JobTransitions.Require(from, to);
        else
            Should.Throw<InvalidOperationException>(() => JobTransitions.Require(from, to))
                .Message.ShouldContain(to.ToWire());
    }

    [Fact]
    public void Every_state_can_come_to_an_end() =>
        JobStates.All.Where(state => !state.IsFinished())
            .ShouldAllBe(state => JobTransitions.From(state).Any(next => next.IsFinished()));
}
