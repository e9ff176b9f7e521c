using MediaNommer.Client;
using MediaNommer.Client.Wire;
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
    public async Task The_page_proposes_an_output_of_its_own_for_each_job()
    {
        await StartAsync();
        await page.GotoAsync(feederd.Urls.First());
        await page.FillAsync("#source", "/in/a.mov");
        await Expect(page.Locator("#dest")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("outputs/[0-9a-f]{10}/a-web_720p.mp4$"));
        await page.ClickAsync("#submit");
        await Expect(page.Locator("#answer")).ToContainTextAsync("Submitted");
        await page.FillAsync("#source", "/in/a.mov");
        await page.ClickAsync("#submit");
        await Expect(page.Locator("#jobs li")).ToHaveCountAsync(2);

        var jobs = (await client.ListJobsAsync()).Jobs;
        jobs[0].DestPath.ShouldNotBe(jobs[1].DestPath);
    }

    [Fact]
    public async Task What_is_there_is_replaced_only_when_that_is_chosen()
    {
        await StartAsync();
        var there = Path.Combine(folder.FullName, "outputs", "there.mp4");
        Directory.CreateDirectory(Path.GetDirectoryName(there)!);
        await File.WriteAllTextAsync(there, "of another day");
        await page.GotoAsync(feederd.Urls.First());
        await page.FillAsync("#source", "/in/a.mov");
        await page.FillAsync("#dest", there);
        await page.ClickAsync("#submit");
        await Expect(page.Locator("#answer")).ToContainTextAsync("exists already");

        await page.CheckAsync("#overwrite");
        await page.ClickAsync("#submit");
        await Expect(page.Locator("#answer")).ToContainTextAsync("Submitted");
        await Expect(page.Locator("#overwrite")).Not.ToBeCheckedAsync();
        (await client.ListJobsAsync()).Jobs.ShouldHaveSingleItem().DestPath.ShouldBe(there);
    }

    [Fact]
    public async Task While_feederd_is_away_the_list_stays_and_then_goes_on_by_itself()
    {
        await StartAsync();
        var job = await client.SubmitJsonAsync("""{"source_path": "/in/a.mov", "dest_path": "/out/a.mp4", "preset": "web_medium"}""");
        await page.GotoAsync(feederd.Urls.First());
        await Expect(page.Locator(".job-name")).ToHaveTextAsync("a.mov");
        var port = new Uri(feederd.Urls.First()).Port;
        await feederd.StopAsync();
        await feederd.DisposeAsync();

        await Expect(page.Locator("#away")).ToContainTextAsync("feederd does not answer. What you see is of 20");
        await Expect(page.Locator("body")).ToHaveClassAsync("away");
        await Expect(page.Locator(".job-name")).ToHaveTextAsync("a.mov");
        await page.SelectOptionAsync("#state", "FINISHED");
        await Expect(page.Locator(".job-name")).ToHaveTextAsync("a.mov");
        await page.SelectOptionAsync("#state", "");

        await StartAsync(port: port);
        await client.CancelAsync(job.Id);
        await Expect(page.Locator("#connection")).ToHaveTextAsync("live");
        await Expect(page.Locator("#away")).ToBeHiddenAsync();
        await Expect(page.Locator(".state").First).ToHaveTextAsync("CANCELLED");
    }

    [Fact]
    public async Task A_filter_that_fits_no_job_says_so_and_leads_back()
    {
        await StartAsync();
        await page.GotoAsync(feederd.Urls.First());
        await Expect(page.Locator("#no-jobs")).ToContainTextAsync("No jobs here yet.");
        await Expect(page.Locator("#all-states")).ToBeHiddenAsync();
        await client.SubmitJsonAsync("""{"source_path": "/in/a.mov", "dest_path": "/out/a.mp4", "preset": "web_medium"}""");
        await page.SelectOptionAsync("#state", "ERROR");

        await Expect(page.Locator("#no-jobs")).ToContainTextAsync("No job is ERROR now.");
        await page.ClickAsync("#all-states button");
        await Expect(page.Locator(".job-name")).ToHaveTextAsync("a.mov");
        await Expect(page.Locator("#no-jobs")).ToBeHiddenAsync();
        complaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("History")]
    [InlineData("Log")]
    public async Task On_a_phone_a_dialog_fits_and_begins_at_its_beginning(string button)
    {
        await StartAsync();
        await page.SetViewportSizeAsync(360, 640);
        var (_, claim) = await RunAsync("/out/a.mp4");
        var longLine = new string('x', 3000);
        await Lifecycle.CompleteAsync(claim, new RunResult { Outcome = RunOutcome.Failed, Message = longLine }, longLine, default);
        await page.GotoAsync(feederd.Urls.First());
        await page.ClickAsync($"#jobs button:text-is('{button}')");
        await Expect(page.Locator("#details-body")).ToContainTextAsync("xxx");

        (await page.EvaluateAsync<int>("document.getElementById('details').scrollLeft")).ShouldBe(0);
        (await page.EvaluateAsync<int>("document.getElementById('details').scrollTop")).ShouldBe(0);
        (await page.EvaluateAsync<bool>("document.getElementById('details').scrollWidth <= document.getElementById('details').clientWidth")).ShouldBeTrue();
        (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth")).ShouldBeTrue();
        var close = (await page.Locator("#details button").BoundingBoxAsync())!;
        (close.X >= 0 && close.X + close.Width <= 360 && close.Y >= 0).ShouldBeTrue();
    }

    [Fact]
    public async Task A_finished_video_plays_on_the_page_and_is_downloaded_where_keys_are_asked_for()
    {
        await StartAsync(Key);
        var path = Path.Combine(folder.CreateSubdirectory("outputs").FullName, "out put.mp4");
        var (_, claim) = await RunAsync(path);
        File.Copy(Clips.OfSeconds(2), path);
        var file = new FileInfo(path);
        var output = new OutputFacts { Size = file.Length, Duration = 2, Streams = ["video:h264", "audio:aac"] };
        await Lifecycle.CompleteAsync(claim, new RunResult { Outcome = RunOutcome.Finished, Output = output }, null, default);
        await page.GotoAsync(feederd.Urls.First());
        await page.FillAsync("#key", Key);
        await page.PressAsync("#key", "Enter");

        await page.ClickAsync("#jobs button:text-is('Watch')");
        await UntilAsync("document.querySelector('#details video')?.readyState >= 2");
        (await page.EvaluateAsync<int>("document.querySelector('#details video').videoWidth")).ShouldBe(320);
        await page.EvaluateAsync("document.querySelector('#details video').currentTime = 1.5");
        await UntilAsync("document.querySelector('#details video').currentTime >= 1.5 && !document.querySelector('#details video').seeking");
        await page.ClickAsync("#details button");
        (await page.Locator("#details video").CountAsync()).ShouldBe(0);
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("#jobs button:text-is('Download')"));

        download.SuggestedFilename.ShouldBe("out put.mp4");
        new FileInfo((await download.PathAsync())!).Length.ShouldBe(file.Length);
        complaints.ShouldBeEmpty();

        // The browser's own player, on an address that anybody may open for a while.
        await page.GotoAsync(download.Url.Replace("&download=1", "", StringComparison.Ordinal));
        await UntilAsync("document.querySelector('video')?.readyState >= 2");
    }

    [Fact]
    public async Task The_log_of_a_running_job_is_live_until_it_ends()
    {
        await StartAsync();
        var (id, claim) = await RunAsync("/out/a.mp4");
        await page.GotoAsync(feederd.Urls.First());
        await page.ClickAsync("#jobs button:text-is('Log')");
        await Expect(page.Locator("#details-body")).ToContainTextAsync("Waiting for the worker");
        await Until.AsyncIs(
            "the worker is asked for its log", () => Store.GetAsync(id, default), job => job!.LogWantedUntil is not null);

        await Lifecycle.ReportAsync(claim, new StepProgress { Fraction = 0.5 }, null, default, new RunNews("line 1"));
        await Expect(page.Locator("#details-body pre")).ToHaveTextAsync("line 1");
        await Expect(page.Locator("#details-body")).ToContainTextAsync("Attempt 1, live");
        await Lifecycle.CompleteAsync(claim, new RunResult { Outcome = RunOutcome.Failed }, "line 1, line 2", default);
        await Expect(page.Locator("#details-body pre")).ToHaveTextAsync("line 1, line 2");
        await Expect(page.Locator("#details-body")).Not.ToContainTextAsync("live");
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

    // The page's own security policy forbids Playwright's way of waiting for an expression.
    private Task UntilAsync(string expression) =>
        Until.AsyncIs(expression, () => page.EvaluateAsync<bool>(expression), isTrue => isTrue);

    private JobLifecycle Lifecycle => feederd.Services.GetRequiredService<JobLifecycle>();

    private IJobStore Store => feederd.Services.GetRequiredService<IJobStore>();

    /// <summary>A job that a worker has taken.</summary>
    private async Task<(string Id, StepClaim Claim)> RunAsync(string dest)
    {
        var request = new JobRequest { SourcePath = "/in/a.mov", DestPath = dest, Preset = "web_medium" };
        var id = (await client.SubmitAsync(request)).Id;
        var result = await Lifecycle.ClaimAsync((await Store.GetAsync(id, default))!, JobStep.Encode, "worker-1", nothingToFetch: true, default);
        return (id, result.Claim!);
    }

    private async Task StartAsync(string? key = null, int port = 0)
    {
        var options = new NommerOptions { DataDir = folder.FullName };
        options.Feederd.Port = port;
        options.Feederd.ApiKeys = key is null ? [] : [key];
        feederd = FeederdHost.Create(options);
        await feederd.StartAsync();
        client = new NommerClient(new Uri(feederd.Urls.First()), key);
    }
}
