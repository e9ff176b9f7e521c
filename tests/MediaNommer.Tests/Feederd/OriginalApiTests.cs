using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class OriginalApiTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    // The body that the client of 2011 sends: tuples have become two-element lists, threads is a number.
    private const string JobOf2011 =
        """
        {"source_path": "/in/clip.mov", "dest_path": "/out/clip.mp4", "notify_url": "http://127.0.0.1:9/done",
         "job_options": {"nommer": "media_nommer.ec2nommerd.nommers.ffmpeg.FFmpegNommer", "options": [
           {"infile_options": [], "outfile_options": [["threads", 0], ["vcodec", "libx264"], ["an", null]]},
           {"infile_options": [], "outfile_options": [["threads", 0], ["vcodec", "libx264"], ["acodec", "libfaac"]],
            "move_atom_to_front": true}]}}
        """;

    [Theory]
    [InlineData("/job/submit")]
    [InlineData("/job/submit/")]
    public async Task Takes_a_job_as_the_client_of_2011_sends_it(string path)
    {
        using var answer = await feederd.PostAsync(path, JobOf2011);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        body.GetProperty("success").GetBoolean().ShouldBeTrue();
        var id = body.GetProperty("job_id").GetString()!;
        var job = await feederd.Client.GetJobAsync(id);
        job.JobState.ShouldBe("PENDING");
        job.Nommer.ShouldBe("ffmpeg");
        job.Options!.Count.ShouldBe(2);
        job.Options[1].OutfileOptions.ShouldContain(pair => pair[0] == "threads" && pair[1] == "0");
    }

    [Fact]
    public async Task Shows_a_job()
    {
        var id = await feederd.SubmitAsync();

        var status = await feederd.AskAsync("/job/status/", $$"""{"job_id": "{{id}}"}""");

        status.GetProperty("success").GetBoolean().ShouldBeTrue();
        status.GetProperty("job_id").GetString().ShouldBe(id);
        status.GetProperty("job_state").GetString().ShouldBe("PENDING");
        status.GetProperty("job_state_details").ValueKind.ShouldBe(JsonValueKind.Null);
        status.GetProperty("progress").GetDouble().ShouldBe(0);
        status.EnumerateObject().First().Name.ShouldBe("success");
    }

    [Fact]
    public async Task Lists_jobs_by_state_page_by_page()
    {
        await using var own = await RunningFeederd.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await own.SubmitAsync());
        await own.Lifecycle.CancelAsync(ids[0], CancellationToken.None);

        var first = await own.AskAsync("/job/list/", """{"job_state": "PENDING", "limit": 3}""");
        var cursor = first.GetProperty("cursor").GetString();
        var second = await own.AskAsync("/job/list", $$"""{"job_state": "pending", "limit": 3, "cursor": "{{cursor}}"}""");

        first.GetProperty("success").GetBoolean().ShouldBeTrue();
        IdsOf(first).Concat(IdsOf(second)).ShouldBe(ids.Skip(1).Reverse());
        second.GetProperty("cursor").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Lists_every_unfinished_job_when_nothing_else_is_asked_for()
    {
        await using var own = await RunningFeederd.StartAsync();
        var waiting = await own.SubmitAsync();
        for (var i = 0; i < 60; i++)
            await own.Lifecycle.CancelAsync(await own.SubmitAsync(), CancellationToken.None);

        var plain = IdsOf(await own.AskAsync("/job/list/", "{}")).ToList();

        plain.Count.ShouldBe(51);
        plain[^1].ShouldBe(waiting);
        IdsOf(await own.AskAsync("/job/list/", """{"limit": 50}""")).ShouldNotContain(waiting);
    }

    [Fact]
    public async Task Takes_what_the_original_passed_over_and_says_so_in_the_history()
    {
        var answer = await feederd.AskAsync("/job/submit/", """
            {"source_path": "/in/a.mov", "dest_path": "/out/passed-over.mp4", "notify_url": "", "user": 7,
             "job_options": {"nommer": "ffmpeg", "options": [{"outfile_options": [["vcodec", "libx264"], ["an", ""]]}]}}
            """);

        answer.GetProperty("success").GetBoolean().ShouldBeTrue(answer.ToString());
        var id = answer.GetProperty("job_id").GetString()!;
        (await feederd.Client.GetJobAsync(id)).NotifyUrl.ShouldBeNull();
        var history = string.Join('\n', (await feederd.Client.GetHistoryAsync(id)).Events.Select(line => line.Reason));
        history.ShouldContain("Ignored the unknown key user.");
        history.ShouldContain("The option an stands alone");
    }

    [Fact]
    public async Task Lists_everything_for_an_empty_body()
    {
        var id = await feederd.SubmitAsync();

        IdsOf(await feederd.AskAsync("/job/list/", "")).ShouldContain(id);
    }

    [Fact]
    public async Task Cancels_a_job_but_not_twice()
    {
        var id = await feederd.SubmitAsync();

        var first = await feederd.AskAsync("/job/cancel/", $$"""{"job_id": "{{id}}"}""");
        var second = await feederd.AskAsync("/job/cancel/", $$"""{"job_id": "{{id}}"}""");

        first.GetProperty("success").GetBoolean().ShouldBeTrue();
        (await feederd.Client.GetJobAsync(id)).JobState.ShouldBe("CANCELLED");
        second.GetProperty("success").GetBoolean().ShouldBeFalse();
        second.GetProperty("error_code").GetString().ShouldBe("WRONG_STATE");
    }

    [Theory]
    [InlineData("/job/submit/")]
    [InlineData("/v1/jobs")]
    public async Task A_name_that_is_no_Unicode_is_refused_and_not_taken_for_another(string path)
    {
        byte[] body = [.. "{\"source_path\": \"/i\", \"dest_path\": \"/o-"u8, 0xff, .. ".mp4\", \"job_options\": {\"preset\": \"web_medium\"}}"u8];

        using var content = new ByteArrayContent(body);
        using var answer = await feederd.Http.PostAsync(path, content);

        (await answer.Content.ReadAsStringAsync()).ShouldContain("dest_path is no valid Unicode");
    }

    [Theory]
    [InlineData("/job/submit/", "no json", "BADINPUT", "JSON")]
    [InlineData("/job/submit/", "", "BADINPUT", "")]
    [InlineData("/job/submit/", "[]", "BADINPUT", "")]
    [InlineData("/job/submit/", "{}", "BADINPUT", "source_path")]
    [InlineData("/job/submit/", """{"source_path": 7, "dest_path": "/o.mp4"}""", "BADINPUT", "source_path")]
    [InlineData("/job/submit/", """{"source_path": "/i", "dest_path": "/o.mp4", "job_options": {"preset": "nope"}}""", "BADINPUT", "nope")]
    [InlineData("/job/submit/", """{"source_path": "gopher://x/i", "dest_path": "/o.mp4", "job_options": {"preset": "web_medium"}}""", "BADINPUT", "gopher")]
    [InlineData("/job/submit/", """{"source_path": "\ud800", "dest_path": "/o.mp4", "job_options": {"preset": "web_medium"}}""", "BADINPUT", "source_path")]
    [InlineData("/job/submit/", """{"source_path": "/i", "dest_path": "/o.mp4", "job_options": {"preset": "web_medium"}, "labels": ["\ud800"]}""", "BADINPUT", "labels")]
    [InlineData("/job/status/", "no json", "BADINPUT", "JSON")]
    [InlineData("/job/status/", "[1]", "BADINPUT", "object")]
    [InlineData("/job/status/", "{}", "BADINPUT", "job_id")]
    [InlineData("/job/status/", """{"job_id": 5}""", "BADINPUT", "job_id")]
    [InlineData("/job/status/", """{"job_id": "\ud800"}""", "BADINPUT", "job_id")]
    [InlineData("/job/status/", """{"job_id": "unknown"}""", "NOTFOUND", "unknown")]
    [InlineData("/job/cancel/", """{"job_id": "../.."}""", "NOTFOUND", "../..")]
    [InlineData("/job/list/", """{"job_state": "SLEEPING"}""", "BADINPUT", "ABANDONED")]
    [InlineData("/job/list/", """{"job_state": 3}""", "BADINPUT", "job_state")]
    [InlineData("/job/list/", """{"limit": 0}""", "BADINPUT", "limit")]
    [InlineData("/job/list/", """{"limit": "10"}""", "BADINPUT", "limit")]
    [InlineData("/job/list/", """{"cursor": "elsewhere"}""", "BADINPUT", "cursor")]
    [InlineData("/job/list/", """{"\ud800": 1}""", "BADINPUT", "Unicode")]
    [InlineData("/job/status/", """{"\ud800": 1, "job_id": "x"}""", "BADINPUT", "Unicode")]
    public async Task Says_what_is_wrong_with_status_200(string path, string body, string code, string mentions)
    {
        using var answer = await feederd.PostAsync(path, body);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var error = await answer.Content.ReadFromJsonAsync<JsonElement>();
        error.GetProperty("success").GetBoolean().ShouldBeFalse();
        error.GetProperty("error_code").GetString().ShouldBe(code);
        error.GetProperty("message").GetString()!.ShouldContain(mentions);
    }

    [Fact]
    public async Task Refuses_a_body_of_10_MB_by_naming_the_limit()
    {
        using var answer = await feederd.PostAsync("/job/submit/", new string(' ', 10_000_000));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var error = await answer.Content.ReadFromJsonAsync<JsonElement>();
        error.GetProperty("error_code").GetString().ShouldBe("BADINPUT");
        error.GetProperty("message").GetString()!.ShouldContain("2097152");
    }

    [Theory]
    [InlineData("/job/submit")]
    [InlineData("/job/status/")]
    [InlineData("/job/list/")]
    [InlineData("/job/cancel/")]
    public async Task Explains_that_a_GET_is_no_POST(string path)
    {
        using var answer = await feederd.Http.GetAsync(path);

        answer.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        answer.Content.Headers.Allow.ShouldBe(["POST"]);
        var error = await answer.Content.ReadFromJsonAsync<JsonElement>();
        error.GetProperty("success").GetBoolean().ShouldBeFalse();
        error.GetProperty("message").GetString()!.ShouldContain("POST");
    }

    [Fact]
    public async Task Keeps_answering_after_a_running_job_was_cancelled()
    {
        var id = await feederd.SubmitAsync();
        var claim = await feederd.ClaimAsync(id);

        (await feederd.AskAsync("/job/cancel/", $$"""{"job_id": "{{id}}"}""")).GetProperty("success").GetBoolean().ShouldBeTrue();
        var status = await feederd.AskAsync("/job/status/", $$"""{"job_id": "{{id}}"}""");

        status.GetProperty("job_state").GetString().ShouldBe("ENCODING");
        status.GetProperty("cancel_requested").GetBoolean().ShouldBeTrue();
        (await feederd.Lifecycle.PeekAsync(claim, CancellationToken.None)).ShouldBe(RunDirective.Cancel);
    }

    private static IEnumerable<string> IdsOf(JsonElement list) =>
        list.GetProperty("jobs").EnumerateArray().Select(job => job.GetProperty("job_id").GetString()!);
}
