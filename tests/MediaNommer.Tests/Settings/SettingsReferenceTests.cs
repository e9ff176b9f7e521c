using System.Collections;
using System.Text.RegularExpressions;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;
using MediaNommer.Tests.Structure;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Settings;

public partial class SettingsReferenceTests
{
    private const string Page = "docs/configuration.md";

    [Fact]
    public void The_page_of_settings_is_up_to_date()
    {
        var expected = SettingsReference.ToMarkdown();
        if (Environment.GetEnvironmentVariable("NOMMER_UPDATE_DOCS") == "1")
            File.WriteAllText(Path.Combine(Repository.Root, Page), expected);
        Repository.Read(Page).ShouldBe(expected, $"Run the tests with NOMMER_UPDATE_DOCS=1 to write {Page} anew.");
    }

    [Fact]
    public void Every_setting_is_described()
    {
        SettingsReference.Entries.Count.ShouldBeGreaterThan(30);
        SettingsReference.Entries.ShouldAllBe(entry => entry.Meaning.EndsWith('.') && entry.Allowed.Length > 0);
    }

    [Fact]
    public void Every_example_of_the_page_loads()
    {
        var examples = Example().Matches(Repository.Read(Page)).Select(match => match.Groups[1].Value).ToList();
        examples.Count.ShouldBe(2);
        foreach (var example in examples)
            Should.NotThrow(() => Load(example));
    }

    [Fact]
    public void The_example_preset_can_be_used()
    {
        var example = Example().Matches(Repository.Read(Page)).Last().Groups[1].Value;

        var preset = new PresetCatalog(Load(example).Presets).Find("square_teaser").ShouldNotBeNull();

        preset.Options.Passes.ShouldHaveSingleItem().InfileOptions.ShouldHaveSingleItem().Key.ShouldBe("t");
    }

    private static NommerOptions Load(string json)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, json);
        try
        {
            return SettingsLoader.Load(file, [], new Hashtable());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
