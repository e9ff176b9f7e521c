using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Structure;

public partial class SeedCoverageTests
{
    [Fact]
    public void Every_test_that_is_said_to_hold_a_row_exists()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension)
            .ToHashSet();
        var named = TestName().Matches(Repository.Read("docs/seed-coverage.md")).Select(match => match.Groups[1].Value).ToList();
        named.ShouldNotBeEmpty();
        named.Except(tests.OfType<string>()).ShouldBeEmpty("Rename them in docs/seed-coverage.md too.");
    }

    [GeneratedRegex("`([A-Za-z]+(?:Tests|Conformance))`")]
    private static partial Regex TestName();
}
