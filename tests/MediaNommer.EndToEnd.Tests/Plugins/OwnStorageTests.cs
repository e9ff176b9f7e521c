using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Plugins;

/// <summary>The storage of docs/writing-a-storage.md, built as its reader would, and used by real daemons.</summary>
public sealed class OwnStorageTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    private string Shelf => Path.Combine(site.DataDir, "shelves", "films");

    public Task InitializeAsync()
    {
        site.Settings["NOMMER__STORAGE__STORAGEBACKENDS__0"] = "file";
        site.Settings["NOMMER__STORAGE__STORAGEBACKENDS__1"] = "shelf";
        Directory.CreateDirectory(Shelf);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task Jobs_read_and_write_through_it_and_feederd_hands_its_outputs_out()
    {
        Sample.Build("ShelfStorage", Path.Combine(site.DataDir, "plugins", "shelf"));
        await site.StartFeederdAsync();
        await site.StartWorkerAsync();
        File.Copy(Clips.OfSeconds(1), Path.Combine(Shelf, "in.mp4"));
        var job = Clips.QuickJob("shelf://films/new/out.mp4", seconds: 1) with { SourcePath = "shelf://films/in.mp4" };

        var id = await site.SubmitAsync(job);
        var done = await site.WaitForAsync(id, "FINISHED");

        var output = Path.Combine(Shelf, "new", "out.mp4");
        Directory.EnumerateFiles(Path.GetDirectoryName(output)!).ShouldBe([output]);
        using var http = new HttpClient();
        var handedOut = await http.GetByteArrayAsync(new Uri(site.Address, done.OutputUrl!));
        Enumerable.SequenceEqual(handedOut, await File.ReadAllBytesAsync(output)).ShouldBeTrue();
        // And a second job may not have the first one's destination.
        var refused = await site.RunAsync("submit", "shelf://films/in.mp4", "shelf://films/new/out.mp4");
        (await refused.WaitAsync()).ShouldNotBe(0);
        refused.Errors.ShouldContain("shelf://films/new/out.mp4 exists already");
    }

    [Theory]
    [InlineData("feederd")]
    [InlineData("nommerd")]
    public async Task A_daemon_does_not_start_without_a_storage_that_its_settings_name(string daemon)
    {
        var start = await site.RunAsync(daemon);

        (await start.WaitAsync()).ShouldBe(2, start.ToString());
        start.Errors.ShouldContain($"Storage:StorageBackends names 'shelf', but the plug-in {site.DataDir}/plugins/shelf cannot be used: it is missing;");
    }
}
