using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MediaNommer.Client;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>One feederd that asks for a key, and one that asks for none.</summary>
public sealed class TwoFeederds : IAsyncLifetime
{
    public const string Key = "a long sécret";

    public RunningFeederd Locked { get; private set; } = null!;

    public RunningFeederd Open { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Locked = await RunningFeederd.StartAsync(options => options.Feederd.ApiKeys = ["another", Key]);
        Open = await RunningFeederd.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await Locked.DisposeAsync();
        await Open.DisposeAsync();
    }
}

public sealed class AccessTests(TwoFeederds feederds) : IClassFixture<TwoFeederds>
{
    private const string Key = TwoFeederds.Key;
    private readonly RunningFeederd locked = feederds.Locked;
    private readonly RunningFeederd open = feederds.Open;

    [Theory]
    [InlineData("GET", "/v1/jobs")]
    [InlineData("POST", "/v1/jobs")]
    [InlineData("POST", "/v1/wipe")]
    [InlineData("GET", "/v1/events")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/v1/nothing")]
    [InlineData("POST", "/job/submit")]
    public async Task Without_a_key_nothing_is_to_be_had(string method, string path)
    {
        using var answer = await locked.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme).ShouldBe(["Bearer", "Basic"]);
        var body = await answer.Content.ReadAsStringAsync();
        body.ShouldContain("UNAUTHORIZED");
        body.ShouldNotContain(Key);
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/")]
    [InlineData("/dashboard/dashboard.js")]
    [InlineData("/dashboard/dashboard.css")]
    public async Task Health_and_the_page_need_no_key(string path)
    {
        using var answer = await locked.Http.GetAsync(path);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("Bearer", "another", true)]
    [InlineData("bearer", "another", true)]
    [InlineData("Bearer", "anothe", false)]
    [InlineData("Bearer", "anotherr", false)]
    [InlineData("Bearer", "", false)]
    [InlineData("Digest", "another", false)]
    [InlineData("Basic", "!!", false)]
    public async Task A_bearer_token_must_be_one_of_the_keys(string scheme, string value, bool isKnown)
    {
        using var answer = await GetAsync($"{scheme} {value}");

        (answer.StatusCode == HttpStatusCode.OK).ShouldBe(isKnown);
    }

    [Theory]
    [InlineData(Key + ":", true)]
    [InlineData(":" + Key, true)]
    [InlineData("another:", true)]
    [InlineData("anyone:another", true)]
    [InlineData("anyone:" + Key, true)]
    [InlineData("another", true)]
    [InlineData("anyone:wrong", false)]
    public async Task Basic_takes_a_key_as_user_or_password(string pair, bool isKnown)
    {
        using var answer = await GetAsync("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));

        (answer.StatusCode == HttpStatusCode.OK).ShouldBe(isKnown);
    }

    [Fact]
    public async Task The_client_shows_its_key_and_says_when_it_is_wrong()
    {
        using var right = new NommerClient(locked.Url, "another");
        using var wrong = new NommerClient(locked.Url, "wrong");

        (await right.ListJobsAsync()).Jobs.ShouldBeEmpty();
        var error = await Should.ThrowAsync<NommerApiException>(() => wrong.ListJobsAsync());
        (error.Status, error.Code).ShouldBe((401, "UNAUTHORIZED"));
    }

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("localhost.evil.example:80", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:1234", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.1.2.3:99", true)]
    [InlineData("[::1]:8001", true)]
    public async Task On_the_loopback_only_loopback_names_are_served(string host, bool isServed)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/jobs");
        request.Headers.Host = host;

        using var answer = await open.Http.SendAsync(request);

        answer.StatusCode.ShouldBe(isServed ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        if (!isServed)
            (await answer.Content.ReadAsStringAsync()).ShouldContain("FOREIGN_HOST");
    }

    [Theory]
    [InlineData("POST", "/v1/jobs")]
    [InlineData("POST", "/job/submit")]
    [InlineData("DELETE", "/v1/jobs/x")]
    [InlineData("POST", "/v1/uploads")]
    [InlineData("POST", "/v1/wipe")]
    public async Task Pages_of_strangers_may_change_nothing(string method, string path)
    {
        foreach (var origin in (string[])["https://evil.example", "null", $"http://127.0.0.1:{open.Url.Port + 1}"])
        {
            var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Add("Origin", origin);

            using var answer = await open.Http.SendAsync(request);

            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            (await answer.Content.ReadAsStringAsync()).ShouldContain("FOREIGN_ORIGIN");
        }
    }

    [Fact]
    public async Task Our_own_page_may_change_things_and_so_may_whoever_shows_a_bearer_token()
    {
        var own = new HttpRequestMessage(HttpMethod.Post, "/job/list/");
        own.Headers.Add("Origin", open.Url.ToString().TrimEnd('/'));
        var token = new HttpRequestMessage(HttpMethod.Post, "/job/list/");
        token.Headers.Add("Origin", "https://ours.example");
        token.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "another");
        var basic = new HttpRequestMessage(HttpMethod.Post, "/job/list/");
        basic.Headers.Add("Origin", "https://evil.example");
        basic.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("another:"u8));

        using var ownAnswer = await open.Http.SendAsync(own);
        using var tokenAnswer = await locked.Http.SendAsync(token);
        using var basicAnswer = await locked.Http.SendAsync(basic);

        ownAnswer.StatusCode.ShouldBe(HttpStatusCode.OK);
        tokenAnswer.StatusCode.ShouldBe(HttpStatusCode.OK);
        basicAnswer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("*")]
    [InlineData("::")]
    [InlineData("192.0.2.1")]
    public void Listening_for_others_without_a_key_is_refused(string host)
    {
        var options = new NommerOptions { DataDir = locked.DataDir };
        options.Feederd.Host = host;

        var error = Should.Throw<SettingsException>(() => FeederdHost.Create(options));

        error.Message.ShouldContain(host);
        error.Message.ShouldContain("ApiKeys");
    }

    [Fact]
    public void A_host_that_is_no_address_and_a_key_that_is_empty_are_refused()
    {
        var name = new NommerOptions { DataDir = locked.DataDir };
        name.Feederd.Host = "example.com";
        var empty = new NommerOptions { DataDir = locked.DataDir };
        empty.Feederd.ApiKeys = ["good", " "];

        Should.Throw<SettingsException>(() => FeederdHost.Create(name)).Message.ShouldContain("example.com");
        Should.Throw<SettingsException>(() => FeederdHost.Create(empty)).Message.ShouldContain("ApiKeys");
    }

    [Fact]
    public async Task With_a_key_it_listens_for_others()
    {
        await using var everywhere = await RunningFeederd.StartAsync(options =>
        {
            options.Feederd.Host = "0.0.0.0";
            options.Feederd.ApiKeys = ["another"];
        });
        using var client = new NommerClient(new Uri($"http://127.0.0.1:{everywhere.Url.Port}"), "another");

        (await client.GetAboutAsync()).Backend.ShouldBe("Sqlite");
    }

    private async Task<HttpResponseMessage> GetAsync(string authorization)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/jobs");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await locked.Http.SendAsync(request);
    }
}
