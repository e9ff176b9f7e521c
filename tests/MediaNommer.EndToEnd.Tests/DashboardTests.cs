using MediaNommer.Client;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using Shouldly;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>The page at <c>/</c> in a real browser.</summary>
public sealed class DashboardTests : IAsyncLifetime
{
    private const string Key = "a-long-secret";
    private const string NastyName = "<img src=x onerror=alert(1)> & \"quotes\".mp4";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-page-");
    private readonly List<string> complaints = [];
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;
    private IPage page = null!;
    private WebApplication feederd = null!;
    private NommerClient client = null!;

    public async Task InitializeAsync()
    {
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"] });
        page = await browser.NewPageAsync();
        page.Console += (_, message) =>
        {
            // A refused key is told by the browser as an error, too.
            if (message.Type == "error" && !message.Text.Contains("401", StringComparison.Ordinal))
                complaints.Add(message.Text);
        };
        page.PageError += (_, error) => complaints.Add(error);
        page.Dialog += (_, dialog) => complaints.Add($"The page opened a dialog: {dialog.Message}");
    }

    [Fact]
    public async Task A_file_is_uploaded_and_its_job_is_shown_as_text_whatever_its_name()
    {
        await StartAsync();
        await page.GotoAsync(feederd.Urls.First());
        await page.SetInputFilesAsync("#file", new FilePayload { Name = NastyName, MimeType = "video/mp4", Buffer = [1, 2, 3] });
        await Expect(page.Locator("#dest")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("outputs/.*-web_720p.mp4$"));
        await page.ClickAsync("#submit");

        await Expect(page.Locator("#jobs li")).ToHaveCountAsync(1);
        await Expect(page.Locator(".state").First).ToHaveTextAsync("PENDING");
        await Expect(page.Locator(".job-paths").First).ToContainTextAsync("img src=x onerror=alert(1)");
        (await page.Locator("#jobs img").CountAsync()).ShouldBe(0);
        var job = (await client.ListJobsAsync()).Jobs.ShouldHaveSingleItem();
        (await File.ReadAllBytesAsync(job.SourcePath)).ShouldBe([1, 2, 3]);
        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Jobs_of_others_appear_by_themselves_and_can_be_cancelled_and_retried()
    {
        await StartAsync();
        await page.GotoAsync(feederd.Urls.First());
        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");

        var job = await client.SubmitJsonAsync("""{"source_path": "/in/a.mov", "dest_path": "/out/a.mp4", "preset": "web_medium"}""");
        await Expect(page.Locator(".job-name")).ToHaveTextAsync("a.mov");
        await page.ClickAsync("#jobs button:text-is(\'Cancel\')");
        await Expect(page.Locator(".state").First).ToHaveTextAsync("CANCELLED");
        (await client.GetJobAsync(job.Id)).JobState.ShouldBe("CANCELLED");
        await page.ClickAsync("#jobs button:text-is(\'Retry\')");
        await Expect(page.Locator(".state").First).ToHaveTextAsync("PENDING");

        await page.ClickAsync("#jobs button:text-is(\'History\')");
        await Expect(page.Locator("#details-body")).ToContainTextAsync("Retried by a user.");
        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_wrong_with_a_job_is_said()
    {
        await StartAsync();
        await page.GotoAsync(feederd.Urls.First());
        await page.FillAsync("#source", "gopher://example.com/a.mov");
        await page.ClickAsync("#submit");

        await Expect(page.Locator("#answer")).ToContainTextAsync("gopher");
    }

    [Fact]
    public async Task A_key_is_asked_for_until_it_is_right()
    {
        await StartAsync(Key);
        await page.GotoAsync(feederd.Urls.First());
        await Expect(page.Locator("#key-dialog")).ToBeVisibleAsync();
        await page.FillAsync("#key", "wrong");
        await page.PressAsync("#key", "Enter");
        await Expect(page.Locator("#key-hint")).ToContainTextAsync("refused");
        await page.FillAsync("#key", Key);
        await page.PressAsync("#key", "Enter");

        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");
        await Expect(page.Locator("#preset option").First).ToBeAttachedAsync();
        complaints.ShouldBeEmpty();
    }

    public async Task DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        client.Dispose();
        await feederd.StopAsync();
        await feederd.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task StartAsync(string? key = null)
    {
        var options = new NommerOptions { DataDir = folder.FullName };
        options.Feederd.Port = 0;
        options.Feederd.ApiKeys = key is null ? [] : [key];
        feederd = FeederdHost.Create(options);
        await feederd.StartAsync();
        client = new NommerClient(new Uri(feederd.Urls.First()), key);
    }
}
