using System.Text.RegularExpressions;
using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Structure;

public partial class StateDiagramTests
{
    [Fact]
    public void The_diagram_in_the_documents_shows_exactly_the_allowed_transitions()
    {
        var drawn = Arrow().Matches(Repository.Read("ARCHITECTURE.md"))
            .Select(match => $"{match.Groups[1].Value} --> {match.Groups[2].Value}");
        var allowed = JobStates.All.SelectMany(
            JobTransitions.From, (from, to) => $"{from.ToWire()} --> {to.ToWire()}");
        drawn.Order().ShouldBe(allowed.Order());
    }

    [GeneratedRegex(@"^  ([A-Z]+) --> ([A-Z]+)", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
