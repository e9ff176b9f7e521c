using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MediaNommer.Client;
using MediaNommer.Client.Wire;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class IdempotencyTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    private const string JobWithSecret =
        """{"source_path": "https://u:p@example.com/a.mov", "dest_path": "/out/a.mp4", "preset": "web_medium", "if_exists": "overwrite"}""";

    [Fact]
    public async Task The_same_key_and_contents_give_the_same_job()
    {
        // Addresses with passwords are sealed with a random nonce; they must still count as the same.
        var first = await feederd.Client.SubmitJsonAsync(JobWithSecret, "key 1");
        await feederd.Client.CancelAsync(first.Id);
        var second = await feederd.Client.SubmitJsonAsync(JobWithSecret, "key 1");

        second.Id.ShouldBe(first.Id);
        second.JobState.ShouldBe("CANCELLED");
    }

    [Fact]
    public async Task Another_key_gives_another_job()
    {
        var first = await feederd.Client.SubmitJsonAsync(JobWithSecret, "key 2");
        var second = await feederd.Client.SubmitJsonAsync(JobWithSecret, "key 3");

        second.Id.ShouldNotBe(first.Id);
    }

    [Fact]
    public async Task The_same_key_with_other_contents_is_refused()
    {
        await feederd.Client.SubmitJsonAsync(JobWithSecret, "key 4");

        var error = await Should.ThrowAsync<NommerApiException>(() => feederd.Client.SubmitJsonAsync(
            JobWithSecret.Replace("u:p@", "u:other@", StringComparison.Ordinal), "key 4"));

        (error.Status, error.Code, error.Field).ShouldBe((422, "IDEMPOTENCY_KEY_REUSED", "Idempotency-Key"));
    }

    [Fact]
    public async Task The_original_API_knows_keys_too()
    {
        var first = await OriginalAsync("key 5", JobWithSecret);
        var second = await OriginalAsync("key 5", JobWithSecret);
        var third = await OriginalAsync("key 5", RunningFeederd.SomeJob);

        second.GetProperty("job_id").GetString().ShouldBe(first.GetProperty("job_id").GetString());
        third.GetProperty("error_code").GetString().ShouldBe("IDEMPOTENCY_KEY_REUSED");
    }

    [Fact]
    public async Task Twenty_at_once_with_one_key_make_one_job()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 20)
            .Select(_ => feederd.Client.SubmitJsonAsync(JobWithSecret, "key 6")));

        all.Select(accepted => accepted.Id).Distinct().Count().ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public async Task A_key_that_is_empty_or_too_long_is_refused(int length)
    {
        using var answer = await SendAsync("/v1/jobs", new string('k', length), RunningFeederd.SomeJob);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = await answer.Content.ReadFromJsonAsync(WireJson.Default.ProblemResponse);
        problem!.Field.ShouldBe("Idempotency-Key");
    }

    private async Task<JsonElement> OriginalAsync(string key, string body)
    {
        using var answer = await SendAsync("/job/submit", key, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string key, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8) };
        request.Headers.Add("Idempotency-Key", key);
        return await feederd.Http.SendAsync(request);
    }
}
