using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd;
using MediaNommer.Nommerd.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Worker;

public sealed class WorkFoldersTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-folders-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Workers_that_start_at_once_take_nothing_from_each_other()
    {
        var all = new WorkFolders[400];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(lane => Task.Factory.StartNew(
            () =>
            {
                for (var i = lane; i < all.Length; i += 8)
                    all[i] = New();
            },
            TaskCreationOptions.LongRunning)));

        Directory.GetDirectories(folder.FullName).Length.ShouldBe(all.Length);
        foreach (var one in all)
            one.Dispose();
        Directory.GetDirectories(folder.FullName).ShouldBeEmpty();
    }

    [Fact]
    public void A_worker_that_crashed_leaves_its_folder_to_the_next_of_its_name()
    {
        var own = folder.CreateSubdirectory("i-1");
        File.WriteAllText(Path.Combine(own.FullName, ".lock"), "");
        var run = own.CreateSubdirectory("job-encode-2");

        using var next = New("i-1");

        next.EarlierRuns.ShouldBe([new DeadRun("job", "encode", 2)]);
        Directory.Exists(run.FullName).ShouldBeFalse();
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData(".lock")]
    [InlineData(".owner")]
    public async Task A_folder_that_does_not_name_a_worker_is_left_alone(string holds)
    {
        using var folders = New();
        var clock = new FakeClock();
        var options = new NommerOptions { Nommerd = { WorkDir = folder.FullName } };
        var dead = new DeadFolders(folders, new InMemoryJobStore(), options, clock);
        var foreign = folder.CreateSubdirectory("projects").FullName;
        File.WriteAllText(Path.Combine(foreign, holds), "of somebody else");
        var workers = folder.CreateSubdirectory("far-1-abc").FullName;
        new FolderOwner("another boot pid:[1]", 7, 7).WriteTo(workers);
        File.WriteAllText(Path.Combine(workers, ".lock"), "");

        await dead.RemoveAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromHours(1));
        await dead.RemoveAsync(CancellationToken.None);

        File.ReadAllText(Path.Combine(foreign, holds)).ShouldBe("of somebody else");
        Directory.Exists(workers).ShouldBeFalse();
    }

    private WorkFolders New(string id) => new(
        new NommerOptions { Nommerd = { WorkDir = folder.FullName } }, new WorkerIdentity(new NommerdLaunch { Machine = new(id, "c7a.large", "us-east-1a", false) }),
        NullLogger<WorkFolders>.Instance);

    private WorkFolders New() => new(
        new NommerOptions { Nommerd = { WorkDir = folder.FullName } }, new WorkerIdentity(new NommerdLaunch()),
        NullLogger<WorkFolders>.Instance);
}
