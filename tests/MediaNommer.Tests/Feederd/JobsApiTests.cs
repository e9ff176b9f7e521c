using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MediaNommer.Client;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class JobsApiTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    [Fact]
    public async Task A_submission_answers_201_with_the_address_of_the_job()
    {
        using var answer = await feederd.PostAsync("/v1/jobs", RunningFeederd.SomeJob);

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var accepted = await answer.Content.ReadFromJsonAsync(WireJson.Default.JobAcceptedResponse);
        answer.Headers.Location!.ToString().ShouldBe($"/v1/jobs/{accepted!.Id}");
        (accepted.JobId, accepted.JobState).ShouldBe((accepted.Id, "PENDING"));
    }

    [Fact]
    public async Task The_client_submits_and_gets_everything_back()
    {
        var accepted = await feederd.Client.SubmitAsync(new JobRequest
        {
            SourcePath = "https://user:secret@example.com/ein Fälm.mov?token=abc",
            DestPath = "/out/ein Fälm.mp4",
            JobOptions = new JobOptionsRequest { Preset = "web_medium" },
            NotifyUrl = "https://example.com/done?key=1",
            NotifyMethod = "POST",
            Priority = "high",
            Labels = ["team=news", "später"],
            AllowTruncated = true,
            MaxAttempts = 5,
        });

        var job = await feederd.Client.GetJobAsync(accepted.JobId);
        job.SourcePath.ShouldBe("https://***@example.com/ein Fälm.mov?token=***");
        job.DestPath.ShouldBe("/out/ein Fälm.mp4");
        job.NotifyUrl.ShouldBe("https://example.com/***");
        (job.Priority, job.NotifyMethod, job.MaxAttempts, job.AllowTruncated).ShouldBe(("high", "POST", 5, true));
        job.Labels.ShouldBe(["team=news", "später"]);
        job.Preset.ShouldBe("web_medium");
        job.Options.ShouldNotBeNull().ShouldNotBeEmpty();
        job.CreatedAt.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_finished_job_shows_its_output_and_history_and_logs()
    {
        var id = await feederd.SubmitAsync();
        await feederd.CompleteAsync(await feederd.ClaimAsync(id), RunOutcome.HostStopping, "The worker stops.", "log one");
        await feederd.CompleteAsync(await feederd.ClaimAsync(id, "worker-2"), RunOutcome.Finished, "Done.", "log two");

        var job = await feederd.Client.GetJobAsync(id);
        var history = await feederd.Client.GetHistoryAsync(id);

        (job.JobState, job.Progress, job.Attempt, job.WorkerId).ShouldBe(("FINISHED", 1, 2, "worker-2"));
        job.Output!.Size.ShouldBe(1234);
        job.Output.Streams.ShouldBe(["video:h264"]);
        history.Events.Select(line => line.JobState).ShouldBe(
            ["PENDING", "DOWNLOADING", "ENCODING", "PENDING", "DOWNLOADING", "ENCODING", "UPLOADING", "FINISHED"]);
        history.Events.Select(line => line.Sequence).ShouldBe(Enumerable.Range(1, 8));
        history.Events[3].Outcome.ShouldBe("HOST_STOPPING");
        history.Events[3].Reason.ShouldBe("The worker stops.");
        history.Events[^1].ShouldSatisfyAllConditions(
            line => line.Outcome.ShouldBe("FINISHED"), line => line.WorkerId.ShouldBe("worker-2"),
            line => line.Attempt.ShouldBe(2));
        (await feederd.Client.ListLogsAsync(id)).Attempts.ShouldBe([1, 2]);
        (await feederd.Client.GetLogAsync(id)).ShouldBe("log two");
        (await feederd.Client.GetLogAsync(id, 1)).ShouldBe("log one");
        (await feederd.Client.GetLogAsync(id, 3)).ShouldBeNull();
    }

    [Fact]
    public async Task A_running_job_shows_its_progress()
    {
        var id = await feederd.SubmitAsync();
        var claim = await feederd.ClaimAsync(id);
        await feederd.Lifecycle.ReportAsync(
            claim, new StepProgress { Fraction = 0.25, Fps = 50, Speed = 2, SecondsLeft = 12 }, null, CancellationToken.None);

        var job = await feederd.Client.GetJobAsync(id);

        (job.JobState, job.Progress, job.Fps, job.Speed, job.SecondsLeft).ShouldBe(("ENCODING", 0.25, 50, 2, 12));
        job.StartedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_waiting_job_says_what_it_waits_for()
    {
        var id = await feederd.SubmitAsync();
        var job = (await feederd.Store.GetAsync(id, CancellationToken.None))!;
        await feederd.Lifecycle.DeferAsync(job, "The disk is full.", CancellationToken.None);

        (await feederd.Client.GetJobAsync(id)).WaitReason.ShouldBe("The disk is full.");
    }

    [Fact]
    public async Task Lists_by_label_and_text_and_state()
    {
        await using var own = await RunningFeederd.StartAsync();
        var holiday = await own.SubmitAsync(JobWith("/in/Holiday.mov", "red"));
        var work = await own.SubmitAsync(JobWith("/in/work.mov", "red"));
        var play = await own.SubmitAsync(JobWith("/in/play.mov", "blue"));
        await own.Client.CancelAsync(work);

        (await ListAsync(own, label: "red")).ShouldBe([work, holiday]);
        (await ListAsync(own, text: "holiday")).ShouldBe([holiday]);
        (await ListAsync(own, state: "cancelled")).ShouldBe([work]);
        (await ListAsync(own, state: "PENDING", label: "blue")).ShouldBe([play]);
        (await ListAsync(own)).ShouldBe([play, work, holiday]);
    }

    [Fact]
    public async Task Pages_through_a_list_without_missing_or_repeating()
    {
        await using var own = await RunningFeederd.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
            ids.Add(await own.SubmitAsync());

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await own.Client.ListJobsAsync(limit: 3, cursor: cursor);
            page.Jobs.Count.ShouldBeLessThanOrEqualTo(3);
            seen.AddRange(page.Jobs.Select(job => job.Id));
            cursor = page.Cursor;
        }
        while (cursor is not null);

        seen.ShouldBe(Enumerable.Reverse(ids));
    }

    [Fact]
    public async Task Cancels_a_waiting_job_at_once_and_a_running_one_by_its_worker()
    {
        var waiting = await feederd.SubmitAsync();
        var running = await feederd.SubmitAsync();
        await feederd.ClaimAsync(running);

        using var first = await feederd.Http.DeleteAsync($"/v1/jobs/{waiting}");
        using var second = await feederd.Http.DeleteAsync($"/v1/jobs/{running}");
        using var third = await feederd.Http.DeleteAsync($"/v1/jobs/{waiting}");

        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        second.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        third.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await ProblemOf(third)).Code.ShouldBe("WRONG_STATE");
    }

    [Fact]
    public async Task Retries_what_ended_without_a_result_and_nothing_else()
    {
        var id = await feederd.SubmitAsync();
        await feederd.CompleteAsync(await feederd.ClaimAsync(id), RunOutcome.Failed, "It broke.");
        (await feederd.Client.GetJobAsync(id)).ShouldSatisfyAllConditions(
            job => job.JobState.ShouldBe("ERROR"), job => job.JobStateDetails.ShouldBe("It broke."));

        (await feederd.Client.RetryAsync(id)).JobState.ShouldBe("PENDING");
        var again = await Should.ThrowAsync<NommerApiException>(() => feederd.Client.RetryAsync(id));

        (again.Status, again.Code).ShouldBe((409, "WRONG_STATE"));
    }

    [Theory]
    [InlineData("GET", "/v1/jobs/unknown", 404, "NOT_FOUND")]
    [InlineData("DELETE", "/v1/jobs/unknown", 404, "NOT_FOUND")]
    [InlineData("POST", "/v1/jobs/unknown/retry", 404, "NOT_FOUND")]
    [InlineData("GET", "/v1/jobs/unknown/history", 404, "NOT_FOUND")]
    [InlineData("GET", "/v1/jobs/unknown/logs", 404, "NOT_FOUND")]
    [InlineData("GET", "/v1/jobs/unknown/log", 404, "NOT_FOUND")]
    [InlineData("GET", "/v1/jobs/unknown/events", 404, "NOT_FOUND")]
    [InlineData("GET", "/v1/jobs?state=SLEEPING", 400, "BADINPUT", "state")]
    [InlineData("GET", "/v1/jobs?limit=ten", 400, "BADINPUT", "limit")]
    [InlineData("GET", "/v1/jobs?limit=1001", 400, "BADINPUT", "limit")]
    [InlineData("GET", "/v1/jobs?cursor=x", 400, "BADINPUT", "cursor")]
    [InlineData("GET", "/v1/jobs/unknown/log?attempt=0", 400, "BADINPUT", "attempt")]
    [InlineData("GET", "/v1/nothing", 404, "NO_SUCH_ROUTE")]
    [InlineData("GET", "/favicon.ico", 404, "NO_SUCH_ROUTE")]
    [InlineData("PUT", "/v1/jobs", 405, "METHOD_NOT_ALLOWED")]
    [InlineData("POST", "/v1/nodes", 405, "METHOD_NOT_ALLOWED")]
    public async Task Errors_are_problem_details(string method, string path, int status, string code, string? field = null)
    {
        using var answer = await feederd.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        ((int)answer.StatusCode).ShouldBe(status);
        var problem = await ProblemOf(answer);
        (problem.Status, problem.Code, problem.Field, problem.Retryable).ShouldBe((status, code, field, false));
        problem.Detail.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("nope", "BADINPUT", null)]
    [InlineData("""{"dest_path": "/o.mp4", "job_options": {"preset": "web_medium"}}""", "BADINPUT", "source_path")]
    [InlineData("""{"source_path": "/i", "dest_path": "/o.mp4", "job_options": {"preset": "x"}}""", "UNKNOWN_PRESET", "job_options.preset")]
    [InlineData("""{"source_path": "/i", "dest_path": "/o.mp4", "job_options": {"nommer": "x", "options": []}}""", "UNKNOWN_NOMMER", "job_options.nommer")]
    [InlineData("""{"source_path": "/i", "dest_path": "/o.mp4", "preset": "web_medium", "labels": "x"}""", "BADINPUT", "labels")]
    [InlineData("""{"source_path": "/i", "dest_path": "/o.mp4", "preset": "web_medium", "colour": 1}""", "BADINPUT", "colour")]
    public async Task A_bad_job_is_refused_by_field(string body, string code, string? field)
    {
        using var answer = await feederd.PostAsync("/v1/jobs", body);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = await ProblemOf(answer);
        (problem.Code, problem.Field).ShouldBe((code, field));
    }

    [Fact]
    public async Task A_body_of_10_MB_is_too_large()
    {
        using var answer = await feederd.PostAsync("/v1/jobs", new string('x', 10_000_000));

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await ProblemOf(answer)).ShouldSatisfyAllConditions(
            problem => problem.Code.ShouldBe("TOO_LARGE"), problem => problem.Detail.ShouldContain("2097152"));
    }

    [Fact]
    public async Task Five_thousand_options_are_answered_one_way_or_the_other()
    {
        var pairs = string.Join(',', Enumerable.Range(0, 5000).Select(i => string.Create(CultureInfo.InvariantCulture, $"[\"k{i}\", \"v\"]")));
        var body = $$$"""{"source_path": "/i", "dest_path": "/o.mp4", "job_options": {"nommer": "ffmpeg", "options": [{"outfile_options": [{{{pairs}}}]}]}}""";

        using var answer = await feederd.PostAsync("/v1/jobs", body);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await ProblemOf(answer)).Field.ShouldNotBeNull().ShouldStartWith("job_options");
    }

    [Fact]
    public async Task A_job_for_a_nommer_of_the_plug_in_folder_is_accepted_before_any_worker_has_it()
    {
        var folder = Directory.CreateDirectory(Path.Combine(feederd.DataDir, "plugins", "copy"));
        await Should.ThrowAsync<Exception>(SubmitAsync, "an empty folder is no nommer");
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "copy.dll"), []);

        var id = await SubmitAsync();

        (await feederd.Client.GetJobAsync(id)).Nommer.ShouldBe("copy");

        Task<string> SubmitAsync() => feederd.SubmitAsync("""{"source_path": "/i", "dest_path": "/o.bin", "job_options": {"nommer": "copy"}}""");
    }

    private static string JobWith(string source, string label) =>
        $$"""{"source_path": "{{source}}", "dest_path": "/out/x.mp4", "preset": "web_medium", "if_exists": "overwrite", "labels": ["{{label}}"]}""";

    private static async Task<IEnumerable<string>> ListAsync(
        RunningFeederd feederd, string? state = null, string? label = null, string? text = null) =>
        (await feederd.Client.ListJobsAsync(state, label, text)).Jobs.Select(job => job.Id);

    private static async Task<ProblemResponse> ProblemOf(HttpResponseMessage answer)
    {
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        return (await answer.Content.ReadFromJsonAsync(WireJson.Default.ProblemResponse))!;
    }
}
