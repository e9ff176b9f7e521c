using System.Net.Http.Json;
using System.Text.Json;
using MediaNommer.Tests.Feederd;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Reach;

public class ReachApiTests
{
    [Theory]
    [InlineData("source_path", "http://169.254.169.254/latest/meta-data/iam")]
    [InlineData("source_path", "http://2852039166/latest")]
    [InlineData("source_path", "ftp://[::1]/a.mp4")]
    [InlineData("dest_path", "http://0x7f.1:9000/a.mp4")]
    [InlineData("notify_url", "http://localhost:8001/v1/jobs")]
    [InlineData("notify_url", "http://[::ffff:10.0.0.1]/")]
    [InlineData("source_path", "{data}/secret.key")]
    [InlineData("source_path", "/proc/self/root{data}/store.db")]
    [InlineData("dest_path", "{data}/nommer.json")]
    public async Task A_job_that_reaches_too_far_is_refused_when_it_is_submitted(string field, string address)
    {
        await using var feederd = await RunningFeederd.StartAsync(options => options.Storage.PrivateNetworks = ["none"]);
        var job = new Dictionary<string, string>
        {
            ["source_path"] = "/in/a.mov", ["dest_path"] = "/out/a.mp4", ["preset"] = "web_medium",
        };
        job[field] = address.Replace("{data}", feederd.DataDir);

        using var answer = await feederd.Http.PostAsJsonAsync("/v1/jobs", job);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();

        ((int)answer.StatusCode).ShouldBe(400);
        (problem.GetProperty("code").GetString(), problem.GetProperty("field").GetString()).ShouldBe(("ADDRESS_NOT_ALLOWED", field));
    }

    [Fact]
    public async Task A_notification_does_not_follow_its_receiver_into_a_private_network()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (_, context) =>
        {
            context.Response.Headers.Location = "http://169.254.169.254/latest/";
            return Task.FromResult(302);
        };
        await using var feederd = await RunningFeederd.StartAsync();
        var id = await feederd.SubmitAsync(
            $$"""{"source_path": "/i", "dest_path": "/o.mp4", "preset": "web_medium", "notify_url": "{{receiver.Url}}/a-secret-word"}""");
        await feederd.Client.CancelAsync(id);

        await Soon.BeAsync(
            () => feederd.Client.ListNotificationsAsync(id).GetAwaiter().GetResult().Notifications[0].Deliveries.Count > 0, "the delivery was tried");
        var told = (await feederd.Client.ListNotificationsAsync(id)).Notifications[0];
        told.Deliveries[0].Error.ShouldNotBeNull().ShouldContain("169.254.169.254");
        told.Url.ShouldBe($"{receiver.Url}/***");
    }

    [Fact]
    public async Task What_is_hidden_is_nowhere_in_clear_and_a_search_does_not_find_it()
    {
        const string Secret = "xyzzyplugh";
        await using var feederd = await RunningFeederd.StartAsync();
        var id = await feederd.SubmitAsync(
            $$"""
            {"source_path": "https://u:{{Secret}}1@example.com/token/{{Secret}}2/a.mp4;p={{Secret}}3?hmac={{Secret}}4&{{Secret}}5#{{Secret}}6",
             "dest_path": "ftp://{{Secret}}7:x@example.com/o.mp4", "preset": "web_medium", "notify_url": "https://example.com/{{Secret}}8?v={{Secret}}9"}
            """);
        await feederd.Client.CancelAsync(id);

        foreach (var path in (string[])[$"/v1/jobs/{id}", "/v1/jobs", $"/v1/jobs/{id}/history", "/v1/notifications", "/metrics"])
        {
            using var answer = await feederd.Http.GetAsync(path);
            (await answer.Content.ReadAsStringAsync()).ShouldNotContain(Secret, Case.Insensitive, path);
        }

        (await feederd.Client.ListJobsAsync(text: Secret)).Jobs.ShouldBeEmpty();
        (await feederd.Client.ListJobsAsync(text: "a.mp4")).Jobs.ShouldHaveSingleItem();
        await feederd.StopAsync();
        foreach (var file in Directory.EnumerateFiles(feederd.DataDir, "*", SearchOption.AllDirectories))
        {
            using var content = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), System.Text.Encoding.Latin1);
            content.ReadToEnd().ShouldNotContain(Secret, Case.Sensitive, file);
        }
    }
}
