using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using MediaNommer.Core.Storage;
using MediaNommer.Tests.Feederd;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Reach;

/// <summary>A feederd one of whose folders is a mount that has hung.</summary>
public sealed class HangingMountTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-hanging-");
    private readonly string share;
    private readonly string local;
    private HangingMount? hanging;
    private RunningFeederd feederd = null!;

    public HangingMountTests()
    {
        share = folder.CreateSubdirectory("share").FullName;
        local = folder.CreateSubdirectory("local").FullName;
    }

    public async Task InitializeAsync() =>
        feederd = await RunningFeederd.StartAsync(options => options.Storage.AllowedRoots = [share, local]);

    public async Task DisposeAsync()
    {
        hanging?.Dispose();
        await feederd.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_job_on_it_is_taken_within_seconds_and_under_the_same_name_as_before()
    {
        var before = await SubmitAsync($"{share}/in.mov", $"{share}/out.mp4");
        before.Status.ShouldBe(201);
        hanging = new HangingMount(share);

        var began = Stopwatch.GetTimestamp();
        (await SubmitAsync($"{share}/in.mov", $"{share}/other.mp4")).Status.ShouldBe(201);
        var same = await SubmitAsync($"{share}/in.mov", $"{share}/out.mp4");

        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        (same.Status, same.Code).ShouldBe((409, "DEST_TAKEN"));
    }

    [Fact]
    public async Task Other_folders_are_judged_as_ever()
    {
        (await SubmitAsync($"{local}/in.mov", $"{local}/a.mp4")).Status.ShouldBe(201);
        hanging = new HangingMount(share);

        var began = Stopwatch.GetTimestamp();
        for (var i = 0; Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(5); i++)
        {
            (await SubmitAsync($"{local}/in.mov", $"{local}/b{i}.mp4")).Status.ShouldBe(201);
            (await SubmitAsync("/etc/passwd", $"{local}/c.mp4")).Code.ShouldBe("ADDRESS_NOT_ALLOWED");
        }

        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_probe_of_it_is_refused_for_now_and_names_the_path()
    {
        hanging = new HangingMount(share);

        using var answer = await feederd.PostAsync("/v1/probe", $$"""{"source_path": "{{share}}/in.mov"}""");

        await RequireUnavailableAsync(answer, $"{share}/in.mov");
    }

    [Fact]
    public async Task An_output_on_it_is_refused_for_now_and_names_the_path()
    {
        var id = await feederd.SubmitAsync(Job($"{local}/in.mov", $"{share}/out.mp4"));
        await feederd.FinishAsync(await feederd.ClaimAsync(id), 1);
        hanging = new HangingMount(share);

        using var answer = await feederd.Http.GetAsync($"/v1/files/{id}/out.mp4");

        await RequireUnavailableAsync(answer, $"{share}/out.mp4");
    }

    [Fact]
    public async Task So_many_looks_hang_that_no_more_begin_and_all_is_well_once_they_end()
    {
        var looks = new FileLooks(TimeProvider.System);
        using var end = new ManualResetEventSlim();
        var hung = Enumerable.Range(0, 64).Select(_ => looks.RunAsync(
            _ =>
            {
                end.Wait();
                return Task.FromResult(0);
            },
            default)).ToList();
        foreach (var look in hung)
            await Should.ThrowAsync<TimeoutException>(() => look);

        var began = false;
        await Should.ThrowAsync<TimeoutException>(() => looks.RunAsync(_ => Task.FromResult(began = true), default));
        began.ShouldBeFalse();

        end.Set();
        await Soon.BeAsync(() => IsSeen(looks), "a look to begin again");
    }

    private static bool IsSeen(FileLooks looks)
    {
        try
        {
            return looks.RunAsync(_ => Task.FromResult(true), default).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static async Task RequireUnavailableAsync(HttpResponseMessage answer, string path)
    {
        ((int)answer.StatusCode).ShouldBe(503);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()
            .ShouldNotBeNull().ShouldContain($"{path} could not be opened within 2 s");
    }

    private async Task<(int Status, string? Code)> SubmitAsync(string source, string dest)
    {
        using var answer = await feederd.PostAsync("/v1/jobs", Job(source, dest));
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)answer.StatusCode, body.TryGetProperty("code", out var code) ? code.GetString() : null);
    }

    private static string Job(string source, string dest) =>
        $$"""{"source_path": "{{source}}", "dest_path": "{{dest}}", "preset": "web_medium"}""";
}
