using System.Text.Json;
using MediaNommer.Core.Jobs.Requests;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class OriginalBodyTests
{
    [Theory]
    [InlineData("""{"notify_url": "", "source_path": "/a"}""", """{"source_path":"/a"}""")]
    [InlineData("""{"notify_url": "http://x/"}""", """{"notify_url":"http://x/"}""")]
    [InlineData("""{"notify_url": null}""", """{"notify_url":null}""")]
    [InlineData("""{"user": 7, "source_path": "/a"}""", """{"source_path":"/a"}""", "Ignored the unknown key user.")]
    [InlineData("""{"job_options": {"quality": 3, "preset": "x"}}""", """{"job_options":{"preset":"x"}}""",
        "Ignored the unknown key job_options.quality.")]
    [InlineData("""{"job_options": {"options": [{}, {"name": "second"}]}}""", """{"job_options":{"options":[{},{}]}}""",
        "Ignored the unknown key job_options.options[1].name.")]
    [InlineData("""{"job_options": {"options": [{"outfile_options": [["an", ""], ["b", ""], ["c:v", "copy"]]}]}}""",
        """{"job_options":{"options":[{"outfile_options":[["an",null],["b",""],["c:v","copy"]]}]}}""",
        "The option an stands alone; its empty value was left out.")]
    [InlineData("""{"job_options": {"options": [7, {"outfile_options": {"an": ""}}, {"infile_options": [["re"], 3]}]}}""",
        """{"job_options":{"options":[7,{"outfile_options":{"an":""}},{"infile_options":[["re"],3]}]}}""")]
    [InlineData("[1]", "[1]")]
    public void What_the_original_took_becomes_what_is_taken_today(string body, string adapted, params string[] remarks)
    {
        var notes = new List<string>();
        using var document = JsonDocument.Parse(body);

        var element = OriginalBody.Adapt(document.RootElement, notes);

        JsonSerializer.Serialize(element).ShouldBe(adapted);
        notes.ShouldBe(remarks);
    }

    [Fact]
    public void What_is_not_Unicode_is_left_for_the_reader()
    {
        var notes = new List<string>();
        using var document = JsonDocument.Parse("""{"\ud800": 1, "source_path": "/a"}""");

        OriginalBody.Adapt(document.RootElement, notes).ValueKind.ShouldBe(JsonValueKind.Object);
    }
}
