using System.Text.RegularExpressions;
using MediaNommer.Core.Settings;
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

    [Fact]
    public void The_settings_of_the_original_have_the_keys_and_defaults_that_the_table_says()
    {
        var rows = SettingRow().Matches(Repository.Read("docs/seed-coverage.md"));
        rows.Select(row => row.Groups["name"].Value).ShouldBe(
            SettingsReference.Entries.Where(entry => entry.Original is not null).Select(entry => entry.Original!),
            ignoreOrder: true);
        foreach (Match row in rows)
        {
            var entry = SettingsReference.Entries.Single(entry => entry.Original == row.Groups["name"].Value);
            entry.Key.ShouldBe(row.Groups["key"].Value);
            var said = row.Groups[row.Groups["default"].Value == "the same" ? "theirs" : "default"].Value.Replace("`", "");
            var ours = entry.Default.Replace("`", "");
            Regex.IsMatch(said, $"^{Regex.Escape(ours)}($|[ ,;])").ShouldBeTrue($"{entry.Key} is {ours} by default, not {said}");
        }
    }

    // A row whose key is in use, not one that is still to come.
    [GeneratedRegex(@"^\| (?<name>[A-Z0-9_]+) \| (?<theirs>[^|]*) \| `(?<key>[A-Za-z0-9:]+)` \| (?<default>[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex SettingRow();

    [GeneratedRegex("`([A-Za-z0-9]+(?:Tests|Conformance))`")]
    private static partial Regex TestName();
}
