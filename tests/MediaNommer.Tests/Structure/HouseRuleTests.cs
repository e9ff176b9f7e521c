using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Structure;

public partial class HouseRuleTests
{
    private static IEnumerable<(string Name, string Text)> Sources() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/") && !path.Contains("/bin/"))
            .Select(path => (Path.GetRelativePath(Repository.Root, path), File.ReadAllText(path)));

    [Fact]
    public void Time_comes_from_TimeProvider() =>
        Offenders(WallClock()).ShouldBeEmpty("Take a TimeProvider, so that tests can move the clock.");

    [Fact]
    public void Nothing_outside_the_lifecycle_writes_jobs() =>
        Sources()
            .Where(file => JobWrite().IsMatch(file.Text))
            .Select(file => file.Name)
            .Where(name => !name.StartsWith("src/MediaNommer.Core/Jobs/", StringComparison.Ordinal))
            .ShouldBeEmpty("JobLifecycle is the only writer of a job's state.");

    [Fact]
    public void No_folder_is_a_drawer_for_odds_and_ends() =>
        Sources()
            .Where(file => OddsAndEnds().IsMatch(file.Name))
            .Select(file => file.Name)
            .ShouldBeEmpty("Put it beside what it serves.");

    [Fact]
    public void Every_log_line_has_an_event_id_of_its_own() =>
        Sources()
            .SelectMany(file => EventId().Matches(file.Text).Select(match => match.Groups[1].Value))
            .GroupBy(id => id)
            .Where(group => group.Count() > 1)
            .Select(group => group.Key)
            .ShouldBeEmpty("Take a number that no other line has.");

    private static IEnumerable<string> Offenders(Regex pattern) =>
        Sources().Where(file => pattern.IsMatch(file.Text)).Select(file => file.Name);

    [GeneratedRegex(@"DateTime(Offset)?\.(Now|UtcNow|Today)\b|Thread\.Sleep")]
    private static partial Regex WallClock();

    [GeneratedRegex(@"\.(TryUpdateAsync|CreateAsync)\(\s*(new JobChange|change|draft)")]
    private static partial Regex JobWrite();

    [GeneratedRegex(@"\[LoggerMessage\((\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"/(Utils|Helpers|Common|Models)/")]
    private static partial Regex OddsAndEnds();
}
