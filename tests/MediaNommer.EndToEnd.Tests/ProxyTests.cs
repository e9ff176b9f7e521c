using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using MediaNommer.Client;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.EndToEnd.Tests.Running;
using MediaNommer.Feederd;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>The configurations of docs/proxy.md, each with the real server and the settings beside it.</summary>
public sealed partial class ProxyTests : IAsyncLifetime
{
    private const string Key = "a-long-secret";
    private const int UploadSize = 20_000_000; // nginx takes 1 MB unless told otherwise

    private static readonly string Page = File.ReadAllText(Path.Combine(NommerProcess.RepositoryRoot, "docs/proxy.md"));

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-proxied-");
    private WebApplication feederd = null!;
    private ProxyServer proxy = null!;
    private HttpClient http = null!;
    private Uri site = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        http.Dispose();
        await proxy.DisposeAsync();
        await feederd.StopAsync();
        await feederd.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("nginx", 0)]
    [InlineData("nginx", 1)]
    [InlineData("caddy", 0)]
    [InlineData("caddy", 1)]
    public async Task Uploads_events_and_outputs_go_through(string kind, int which)
    {
        await StartAsync(kind, which);

        // An event arrives at once, though its stream goes on.
        using var events = await http.GetAsync("v1/events", HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await events.Content.ReadAsStreamAsync());
        (await lines.ReadLineAsync().WaitAsync(Until.Patience)).ShouldBe("retry: 1000");
        using var uploaded = await http.PostAsync("v1/uploads?filename=film.mov", new ByteArrayContent(new byte[UploadSize]));
        uploaded.StatusCode.ShouldBe(HttpStatusCode.Created);
        uploaded.Headers.Location!.ToString().ShouldStartWith($"https://{ProxyServer.Host}{site.AbsolutePath}v1/uploads/");
        var source = (await uploaded.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("source_path").GetString()!;
        new FileInfo(source).Length.ShouldBe(UploadSize);

        // As the page sends it.
        var job = new { source_path = source, dest_path = Path.Combine(folder.FullName, "film.mp4"), preset = "web_480p" };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/jobs") { Content = JsonContent.Create(job) };
        request.Headers.Add("Origin", site.GetLeftPart(UriPartial.Authority));
        using var submitted = await http.SendAsync(request);
        submitted.StatusCode.ShouldBe(HttpStatusCode.Created, await submitted.Content.ReadAsStringAsync());
        var id = (await submitted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        (await UntilLineAsync(lines, id)).ShouldContain("PENDING");

        await FinishAsync(id, job.dest_path);
        var url = (await http.GetFromJsonAsync<JsonElement>($"v1/jobs/{id}")).GetProperty("output_url").GetString()!;
        url.ShouldBe($"https://{ProxyServer.Host}{site.AbsolutePath}v1/files/{id}/film.mp4");
        using var part = new HttpRequestMessage(HttpMethod.Get, $"v1/files/{id}/film.mp4");
        part.Headers.Range = new RangeHeaderValue(2, 4);
        using var answer = await http.SendAsync(part);
        answer.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("234");
    }

    [Theory]
    [InlineData("nginx", 1)]
    [InlineData("caddy", 1)]
    public async Task The_page_lives_below_a_path_and_its_address_without_the_slash_leads_there(string kind, int which)
    {
        await StartAsync(kind, which);
        using var bare = await http.GetAsync(new Uri(proxy.Address, "/nommer"));
        new Uri(proxy.Address, bare.Headers.Location!).AbsolutePath.ShouldBe("/nommer/");

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", $"--host-resolver-rules=MAP {ProxyServer.Host} 127.0.0.1"],
        });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { IgnoreHTTPSErrors = true });
        await page.GotoAsync(site.ToString());
        await page.FillAsync("#key", Key);
        await page.PressAsync("#key", "Enter");
        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");
        await page.SetInputFilesAsync("#file", new FilePayload { Name = "a.mov", MimeType = "video/mp4", Buffer = [1, 2, 3] });
        await page.ClickAsync("#submit");

        await Expect(page.Locator("#jobs li .job-name")).ToHaveTextAsync("a.mov");
        await page.ClickAsync("#jobs button:text-is('Cancel')");
        await Expect(page.Locator("#jobs .state")).ToHaveTextAsync("CANCELLED");
    }

    [Fact]
    public async Task The_command_line_works_through_a_proxy()
    {
        await StartAsync("nginx", 1);
        // The proxy's certificate is nobody's, so the client is given one that believes it.
        using var client = new NommerClient(NewHttp(), Key);

        (await client.ListJobsAsync()).Jobs.ShouldBeEmpty();
        (await client.GetAboutAsync()).Backend.ShouldBe("Sqlite");
    }

    [Fact]
    public async Task A_feederd_under_several_names_hears_from_its_proxy_how_it_was_called()
    {
        var settings = Settings().Last();
        await StartAsync("caddy", 0, settings);

        using var answer = await http.PostAsJsonAsync("v1/jobs", new { source_path = "/in/a.mov", dest_path = "/out/a.mp4", preset = "web_480p" });

        answer.Headers.Location!.ToString().ShouldStartWith($"https://{ProxyServer.Host}:{proxy.Port}/v1/jobs/");
    }

    private async Task StartAsync(string kind, int which, string? settings = null)
    {
        var file = Path.Combine(folder.FullName, "nommer.json");
        await File.WriteAllTextAsync(file, settings ?? Settings().ElementAt(which));
        var options = SettingsLoader.Load(
            file, [new("DataDir", Path.Combine(folder.FullName, "data")), new("Feederd:Port", "0")], new Dictionary<string, string>());
        feederd = FeederdHost.Create(options);
        await feederd.StartAsync();
        proxy = await ProxyServer.StartAsync(kind, Blocks(kind).ElementAt(which), new Uri(feederd.Urls.First()).Port);
        site = new Uri(proxy.Address, options.Feederd.PublicUrl.Length > 0 ? new Uri(options.Feederd.PublicUrl).AbsolutePath : "/");
        http = NewHttp();
    }

    private HttpClient NewHttp()
    {
        var client = proxy.NewClient();
        client.BaseAddress = site;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return client;
    }

    private async Task FinishAsync(string id, string dest)
    {
        await File.WriteAllTextAsync(dest, "0123456789");
        var lifecycle = feederd.Services.GetRequiredService<JobLifecycle>();
        var job = await feederd.Services.GetRequiredService<IJobStore>().GetAsync(id, default);
        var claim = (await lifecycle.ClaimAsync(job!, JobStep.Encode, "worker-1", nothingToFetch: true, default)).Claim!;
        var result = new RunResult { Outcome = RunOutcome.Finished, Output = new OutputFacts { Size = 10 } };
        (await lifecycle.CompleteAsync(claim, result, null, default)).ShouldBeTrue();
    }

    private static async Task<string> UntilLineAsync(StreamReader lines, string id)
    {
        while (true)
        {
            var line = await lines.ReadLineAsync().WaitAsync(Until.Patience);
            if (line!.Contains(id, StringComparison.Ordinal) && line.StartsWith("data:", StringComparison.Ordinal))
                return line;
        }
    }

    private static IEnumerable<string> Blocks(string kind) =>
        Block().Matches(Page).Where(match => match.Groups[1].Value == kind).Select(match => match.Groups[2].Value);

    private static IEnumerable<string> Settings() => Blocks("json");

    [GeneratedRegex("^```(\\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
