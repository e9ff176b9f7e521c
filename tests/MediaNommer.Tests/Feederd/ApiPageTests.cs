using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.RegularExpressions;
using MediaNommer.Core.Jobs;
using MediaNommer.Tests.Structure;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>Runs the examples of docs/api.md.</summary>
[SupportedOSPlatform("linux")]
public sealed partial class ApiPageTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    private static readonly string Page = Repository.Read("docs/api.md");

    public static TheoryData<string, string> Examples()
    {
        var data = new TheoryData<string, string>();
        foreach (Match match in Example().Matches(Page))
        {
            if (match.Groups[1].Value.StartsWith("curl", StringComparison.Ordinal))
                data.Add(match.Groups[1].Value.Trim(), match.Groups[2].Value);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_works_and_answers_with_the_fields_that_the_page_shows(string command, string shown)
    {
        if (command.Contains("/v1/probe", StringComparison.Ordinal))
            command = command.Replace("/srv/in/holiday.mov", await StandInForFfprobeAsync(), StringComparison.Ordinal);
        // Each example stands for itself, but no two unfinished jobs may have one destination.
        command = command.Replace("/srv/out/holiday.mp4", $"/srv/out/{Guid.NewGuid():N}.mp4", StringComparison.Ordinal);
        var request = CurlCommand.Parse(command, await PrepareAsync(command));

        using var answer = await feederd.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        ((int)answer.StatusCode).ShouldBeInRange(200, 299, command);
        if (shown.Length == 0)
            return;
        using var expected = JsonDocument.Parse(shown);
        using var actual = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        NamesOf(actual).ShouldBe(NamesOf(expected));
    }

    [Fact]
    public void Every_endpoint_has_an_example()
    {
        var shown = Examples().Select(row => CurlCommand.Parse((string)row[0], _ => "x"))
            .Select(request => $"{request.Method} {request.RequestUri!.OriginalString.Split('?')[0].TrimEnd('/')}").ToList();

        OpenApiTests.EndpointsOf(feederd)
            .Where(endpoint => endpoint != "GET /" && !endpoint.Contains("dashboard") && !endpoint.Contains("openapi"))
            .Select(endpoint => endpoint.Replace("{id}", "x", StringComparison.Ordinal).Replace("{name}", "holiday.mp4", StringComparison.Ordinal))
            .Except(shown)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Every_code_of_an_error_is_on_the_page()
    {
        var codes = new[] { typeof(MediaNommer.Feederd.Api.ApiErrors), typeof(Core.Jobs.Requests.JobRequestErrors) }
            .SelectMany(type => type.GetFields()).Select(field => (string)field.GetValue(null)!);

        codes.Where(code => !Page.Contains($"`{code}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    /// <summary>Makes what the variables of an example stand for.</summary>
    private async Task<Func<string, string>> PrepareAsync(string command)
    {
        var id = await feederd.SubmitAsync(
            $$"""{"source_path": "/i", "dest_path": "/{{Guid.NewGuid():N}}.mp4", "preset": "web_medium", "notify_url": "http://127.0.0.1:9/"}""");
        var isCancelling = command.Contains("DELETE", StringComparison.Ordinal) || command.Contains("cancel", StringComparison.Ordinal);
        if (!isCancelling)
            await feederd.CompleteAsync(await feederd.ClaimAsync(id), RunOutcome.Failed, "It broke.", "what ffmpeg said");
        var upload = command.Contains("$UPLOAD", StringComparison.Ordinal)
            ? (await feederd.AskAsync("/v1/uploads?filename=a.mp4", "x")).GetProperty("id").GetString()! : "";
        var finished = command.Contains("$FINISHED", StringComparison.Ordinal) ? await FinishAsync() : "";
        var notifications = await feederd.Client.ListNotificationsAsync(id);
        return name => name switch
        {
            "ID" => id,
            "FINISHED" => finished,
            "UPLOAD" => upload,
            "NOTIFICATION" => notifications.Notifications[0].Id,
            _ => throw new ArgumentException($"The page uses an unknown variable ${name}."),
        };
    }

    /// <summary>These tests need nothing installed.</summary>
    private async Task<string> StandInForFfprobeAsync()
    {
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(feederd.DataDir, "outputs")).FullName, "ffprobe");
        await File.WriteAllTextAsync(
            program, "#!/bin/sh\necho \"[info] Input #0, mov, from 'x':\n[info]   Stream #0:0: Audio: aac, 48000 Hz, stereo\" >&2\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        feederd.Options.Ffmpeg.FfprobePath = program;
        return program;
    }

    /// <summary>A finished job with its output.</summary>
    private async Task<string> FinishAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(feederd.DataDir, "outputs", Guid.NewGuid().ToString("N"))).FullName;
        var path = Path.Combine(folder, "holiday.mp4");
        var id = await feederd.SubmitAsync($$"""{"source_path": "/i", "dest_path": "{{path}}", "preset": "web_medium"}""");
        await feederd.CompleteAsync(await feederd.ClaimAsync(id), RunOutcome.Finished);
        var job = await feederd.Client.GetJobAsync(id);
        await File.WriteAllBytesAsync(path, new byte[job.Output!.Size]);
        return id;
    }

    private static IEnumerable<string> NamesOf(JsonDocument document) =>
        document.RootElement.EnumerateObject().Select(property => property.Name);

    [GeneratedRegex(@"^```sh\n(.*?)^```\n(?:```json\n(.*?)^```)?", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();
}
