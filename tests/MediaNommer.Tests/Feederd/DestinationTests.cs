using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>Whom the APIs let write where.</summary>
public sealed class DestinationTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-dest-");
    private RunningFeederd feederd = null!;

    public async Task InitializeAsync() => feederd = await RunningFeederd.StartAsync();

    public async Task DisposeAsync()
    {
        await feederd.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("{0}/film.mp4")]
    [InlineData("file://{0}/film.mp4")]
    [InlineData("file://localhost{0}/film.mp4")]
    [InlineData("file://{0}/fil%6D.mp4")]
    [InlineData("{0}//film.mp4")]
    [InlineData("{0}/./film.mp4")]
    [InlineData("{0}/new/../film.mp4")]
    [InlineData("{0}/link/film.mp4")]
    public async Task A_second_unfinished_job_with_the_same_destination_is_refused_and_names_the_first(string spelling)
    {
        Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "link"), folder.FullName);
        var first = await feederd.SubmitAsync(Job("film.mp4"));

        var (status, error) = await TryAsync("/v1/jobs", Job(string.Format(null, spelling, folder.FullName)));

        status.ShouldBe(HttpStatusCode.Conflict);
        error.GetProperty("code").GetString().ShouldBe("DEST_TAKEN");
        error.GetProperty("field").GetString().ShouldBe("dest_path");
        error.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain(first);
    }

    [Fact]
    public async Task Of_twenty_submissions_at_once_to_one_destination_one_is_accepted()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TryAsync("/v1/jobs", Job("film.mp4"))));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.Conflict).ShouldBe(19);
    }

    [Fact]
    public async Task A_job_that_asks_to_overwrite_and_jobs_of_2011_are_let_in_beside_others()
    {
        await feederd.SubmitAsync(Job("film.mp4"));

        (await TryAsync("/v1/jobs", Job("film.mp4", "overwrite"))).Status.ShouldBe(HttpStatusCode.Created);
        var old = await feederd.AskAsync("/job/submit/", Job("film.mp4"));
        old.GetProperty("success").GetBoolean().ShouldBeTrue();
        (await feederd.Client.GetJobAsync(old.GetProperty("job_id").GetString()!)).IfExists.ShouldBe("overwrite");
    }

    [Fact]
    public async Task A_destination_that_exists_is_refused_at_once_unless_it_may_be_replaced_or_kept()
    {
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "film.mp4"), "somebody's");

        var (status, error) = await TryAsync("/v1/jobs", Job("film.mp4"));
        (status, error.GetProperty("code").GetString()).ShouldBe((HttpStatusCode.Conflict, "DEST_EXISTS"));
        error.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("if_exists");
        (await TryAsync("/v1/jobs", Job("film.mp4", "replace"))).Error.GetProperty("field").GetString().ShouldBe("if_exists");
        (await TryAsync("/v1/jobs", Job("film.mp4", "skip"))).Status.ShouldBe(HttpStatusCode.Created);
        (await feederd.AskAsync("/job/submit/", Job("film.mp4"))).GetProperty("success").GetBoolean().ShouldBeTrue();
        (await feederd.AskAsync("/job/submit/", Job("film.mp4", "fail"))).GetProperty("success").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task A_retry_is_refused_while_another_job_writes_there()
    {
        var first = await feederd.SubmitAsync(Job("film.mp4"));
        await feederd.Client.CancelAsync(first);
        var second = await feederd.SubmitAsync(Job("film.mp4"));

        var (status, error) = await TryAsync($"/v1/jobs/{first}/retry", "");
        status.ShouldBe(HttpStatusCode.Conflict);
        error.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain(second);
        await feederd.Client.CancelAsync(second);
        (await TryAsync($"/v1/jobs/{first}/retry", "")).Status.ShouldBe(HttpStatusCode.Accepted);
    }

    private string Job(string dest, string? ifExists = null) => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["source_path"] = "/in/film.mov",
        ["dest_path"] = dest.Contains('/') ? dest : Path.Combine(folder.FullName, dest),
        ["job_options"] = new { preset = "web_medium" },
        ["if_exists"] = ifExists,
    });

    private async Task<(HttpStatusCode Status, JsonElement Error)> TryAsync(string path, string body)
    {
        using var answer = await feederd.PostAsync(path, body);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }
}
