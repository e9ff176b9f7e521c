using System.Net;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>What a feederd on the loopback makes of requests that a proxy passes on.</summary>
public sealed class BehindProxyTests
{
    [Theory]
    [InlineData("media.example.com", true)]
    [InlineData("MEDIA.example.com:8443", true)]
    [InlineData("a.b.lan", true)]
    [InlineData("lan", false)]
    [InlineData("evillan", false)]
    [InlineData("xmedia.example.com", false)]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    public async Task Names_of_the_settings_are_served_and_no_others(string host, bool isServed)
    {
        await using var feederd = await RunningFeederd.StartAsync(
            options => options.Feederd.AllowedHosts = ["media.example.com", "*.lan"]);

        var (status, body) = await AskAsync(feederd, HttpMethod.Get, "/v1/jobs", ("Host", host));

        status.ShouldBe(isServed ? 200 : 403);
        if (!isServed)
            body.ShouldContain("Feederd:AllowedHosts");
    }

    [Fact]
    public async Task The_public_address_is_served_with_and_without_its_path_and_links_hold_it()
    {
        await using var feederd = await StartPublicAsync();
        (string, string) host = ("Host", "media.example.com");

        foreach (var path in (string[])["/v1/jobs", "/nommer/v1/jobs", "/nommer/", "/nommer/dashboard/api.js", "/"])
            (await AskAsync(feederd, HttpMethod.Get, path, host)).Status.ShouldBe(200, path);
        (await AskAsync(feederd, HttpMethod.Get, "/v1/jobs", ("Host", "evil.example"))).Status.ShouldBe(403);
        using var submitted = await feederd.PostAsync("/v1/jobs", RunningFeederd.SomeJob);
        submitted.Headers.Location!.ToString().ShouldStartWith("https://media.example.com/nommer/v1/jobs/");
    }

    [Fact]
    public async Task Below_the_public_path_the_original_API_refuses_as_ever()
    {
        await using var feederd = await StartPublicAsync();

        foreach (var path in (string[])["/job/submit/", "/nommer/job/submit/"])
        {
            using var answer = await feederd.PostAsync(path, "this is no JSON");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            (await answer.Content.ReadAsStringAsync()).ShouldContain("\"success\":false");
        }
    }

    [Fact]
    public async Task Below_the_public_path_HEAD_of_an_output_does_not_read_it()
    {
        await using var feederd = await StartPublicAsync();
        var path = Path.Combine(feederd.DataDir, "outputs", "clip.mp4");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using (var file = File.Create(path))
            file.SetLength(1L << 40);
        var id = await feederd.SubmitAsync(RunningFeederd.SomeJob.Replace("/out/clip.mp4", path, StringComparison.Ordinal));
        await feederd.FinishAsync(await feederd.ClaimAsync(id), 1L << 40);

        // On one connection: the second answer comes once the first request has ended.
        foreach (var folder in (string[])["/nommer/v1", "/v1"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, $"{folder}/files/{id}/clip.mp4");
            using var answer = await feederd.Http.SendAsync(request);
            (answer.StatusCode, answer.Content.Headers.ContentLength).ShouldBe((HttpStatusCode.OK, 1L << 40), folder);
        }
    }

    [Theory]
    [InlineData("https://media.example.com", 200)]
    [InlineData("https://evil.example", 403)]
    [InlineData("https://media.example.com.evil.example", 403)]
    public async Task The_page_at_the_public_address_may_change_things_whatever_Host_the_proxy_sends(string origin, int status)
    {
        await using var feederd = await StartPublicAsync();

        foreach (var host in (string[])["127.0.0.1", "media.example.com"])
            (await AskAsync(feederd, HttpMethod.Post, "/job/list/", ("Host", host), ("Origin", origin))).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Forwarded_headers_are_believed_from_trusted_proxies_alone()
    {
        await using var trusting = await RunningFeederd.StartAsync(options =>
        {
            options.Feederd.TrustedProxies = ["127.0.0.0/8"];
            options.Feederd.AllowedHosts = ["media.example.com"];
        });
        await using var wary = await RunningFeederd.StartAsync(options => options.Feederd.TrustedProxies = ["192.0.2.1"]);
        (string, string)[] forwarded =
            [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "media.example.com"), ("X-Forwarded-Prefix", "/nommer")];

        (await LocationAsync(trusting, forwarded)).ShouldStartWith("https://media.example.com/nommer/v1/jobs/");
        (await LocationAsync(wary, forwarded)).ShouldStartWith(wary.Url + "v1/jobs/");
    }

    [Fact]
    public async Task A_page_under_a_name_of_its_own_cannot_pass_by_forwarded_headers()
    {
        await using var feederd = await RunningFeederd.StartAsync(options => options.Feederd.TrustedProxies = ["127.0.0.1"]);

        (await AskAsync(feederd, HttpMethod.Get, "/v1/jobs", ("Host", "evil.example"), ("X-Forwarded-Host", "localhost")))
            .Status.ShouldBe(403);
        (await AskAsync(feederd, HttpMethod.Get, "/v1/jobs", ("Host", "localhost"), ("X-Forwarded-Host", "evil.example")))
            .Status.ShouldBe(403);
    }

    [Theory]
    [InlineData("Feederd:AllowedHosts:0", "https://media.example.com")]
    [InlineData("Feederd:AllowedHosts:0", "media.example.com:443")]
    [InlineData("Feederd:AllowedHosts:0", "*")]
    [InlineData("Feederd:PublicUrl", "media.example.com")]
    [InlineData("Feederd:PublicUrl", "https://media.example.com/?a=b")]
    [InlineData("Feederd:TrustedProxies:0", "proxy.lan")]
    public void Wrong_values_stop_the_start_and_are_named(string key, string value)
    {
        var environment = new Dictionary<string, string> { ["NOMMER__" + key.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant()] = value };

        var error = Should.Throw<SettingsException>(() => SettingsLoader.Load(null, [], environment));

        error.Message.ShouldContain(key.Split(":0")[0]);
        error.Message.ShouldContain(value);
    }

    private static Task<RunningFeederd> StartPublicAsync() => RunningFeederd.StartAsync(
        options => options.Feederd.PublicUrl = "https://media.example.com/nommer/");

    private static async Task<(int Status, string Body)> AskAsync(
        RunningFeederd feederd, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await feederd.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> LocationAsync(RunningFeederd feederd, IEnumerable<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = new StringContent(RunningFeederd.SomeJob) };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await feederd.Http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return answer.Headers.Location!.ToString();
    }
}
