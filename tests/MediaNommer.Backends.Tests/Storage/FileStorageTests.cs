using System.Diagnostics;
using MediaNommer.Core.Storage;
using MediaNommer.StorageConformance;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

public class FileStorageTests : MediaStorageConformance
{
    protected override IMediaStorage Storage { get; } = new FileStorage();

    protected override string AddressOf(string name) => "file://" + Root + "/" + Encode(name);

    [Fact]
    public async Task A_plain_path_is_taken_as_it_stands()
    {
        const string Name = "100%25 of\nit.mp4";
        var content = await PutAsync(Name, 100);
        await Storage.FetchAsync(Path.Combine(Root, Name), Local("source"), null, default);
        ShouldHold(Local("source"), content);

        var (path, output) = await NewOutputAsync(10);
        var dest = Path.Combine(Root, "a\n%41.mp4");
        await Storage.PrepareAsync(dest, First, default);
        await using var staged = await Storage.StageAsync(path, dest, First, null, default);
        await staged.PromoteAsync(StillHeld, default);
        ShouldHold(dest, output);
    }

    [Fact]
    public async Task A_source_is_linked_to_and_not_copied()
    {
        await PutAsync("real.mp4", 10);
        File.CreateSymbolicLink(Path.Combine(Root, "link.mp4"), "real.mp4");
        await FetchAsync("link.mp4");
        new FileInfo(Local("source")).LinkTarget.ShouldBe(Path.Combine(Root, "real.mp4"));
    }

    [Theory]
    [InlineData("relative/path.mp4", "not an absolute path")]
    [InlineData("file://server/share/x.mp4", "not an absolute path")]
    [InlineData("/dev/zero", "device")]
    [InlineData("/a\0b", "NUL")]
    [InlineData("file:///etc", "folder")]
    public async Task What_cannot_be_a_source_is_refused_with_the_reason(string address, string reason)
    {
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.StatAsync(address, default));
        error.Code.ShouldBe(MediaStorageErrors.SourceUnreadable);
        error.Message.ShouldContain(reason);
    }

    [Fact]
    public async Task A_machine_that_goes_away_with_its_worker_puts_outputs_only_where_others_find_them()
    {
        var dest = Path.Combine(Root, "not", "yet", "there.mp4");
        var own = await Should.ThrowAsync<MediaStorageException>(
            () => new FileStorage(new FileReach(_ => "ext4")).PrepareAsync(dest, First, default));
        (own.Code, own.IsTransient).ShouldBe((MediaStorageErrors.DestNotWritable, false));
        own.Message.ShouldContain("s3://");

        await new FileStorage(new FileReach(folder => folder == Root ? "nfs4" : "ext4")).PrepareAsync(dest, First, default);
    }

    [Fact]
    public async Task A_machine_that_goes_away_with_its_worker_says_that_it_cannot_see_the_files_of_others()
    {
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => new FileStorage(new FileReach()).StatAsync(Path.Combine(Root, "elsewhere.mp4"), default));
        error.Code.ShouldBe(MediaStorageErrors.SourceNotFound);
        error.Message.ShouldContain("a machine of its own");
        error.Message.ShouldContain("s3://");
    }

    [Fact]
    public async Task A_pipe_is_refused_without_waiting_for_its_other_end()
    {
        var pipe = Path.Combine(Root, "pipe.mp4");
        using (var mkfifo = Process.Start("mkfifo", pipe))
            await mkfifo.WaitForExitAsync();
        var error = await Should.ThrowAsync<MediaStorageException>(() => FetchAsync("pipe.mp4"))
            .WaitAsync(TimeSpan.FromSeconds(10));
        error.Message.ShouldContain("pipe");
    }

    [Theory]
    [InlineData("/dev/null", "device")]
    [InlineData("/proc/nommer/out.mp4", "/proc/nommer")]
    [InlineData("/etc/hostname/out.mp4", "/etc/hostname")]
    [InlineData("/", "folder")]
    public async Task What_cannot_be_a_destination_is_refused_before_the_work_begins(string address, string reason)
    {
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.PrepareAsync(address, First, default));
        error.Code.ShouldBe(MediaStorageErrors.DestNotWritable);
        error.Message.ShouldContain(reason);
    }

    [Fact]
    public async Task A_name_beyond_255_bytes_is_refused_with_the_reason()
    {
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.PrepareAsync(AddressOf(new string('x', 256)), First, default));
        error.Message.ShouldContain("too long");
    }

    [Fact]
    public async Task An_output_gets_to_another_file_system_by_copying()
    {
        var shm = Directory.CreateDirectory($"/dev/shm/nommer-{Guid.NewGuid():N}").FullName;
        try
        {
            var (path, content) = await NewOutputAsync(5_000_000);
            var dest = Path.Combine(shm, "film.mp4");
            var progress = new Progress();
            await using (var staged = await Storage.StageAsync(path, dest, First, progress, default))
            {
                Directory.EnumerateFileSystemEntries(shm).ShouldHaveSingleItem().ShouldEndWith(".nommer-part");
                await staged.PromoteAsync(StillHeld, default);
            }

            Directory.EnumerateFileSystemEntries(shm).ShouldBe([dest]);
            ShouldHold(dest, content);
            progress.All.Count.ShouldBeGreaterThan(4);
        }
        finally
        {
            Directory.Delete(shm, recursive: true);
        }
    }

    [Fact]
    public async Task A_disk_that_fills_up_is_told_of_and_nothing_is_left_on_it()
    {
        using var disk = SmallDisk.TryMount(1 << 20);
        if (disk is null)
            return;
        var (path, _) = await NewOutputAsync(2 << 20);
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.StageAsync(path, Path.Combine(disk.Path, "film.mp4"), First, null, default));
        error.Code.ShouldBe(MediaStorageErrors.DestNotWritable);
        error.Message.ShouldContain("is full");
        error.IsTransient.ShouldBeTrue();
        Directory.EnumerateFileSystemEntries(disk.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Cleaning_up_after_dead_attempts_leaves_a_later_one_alone_and_makes_no_folder()
    {
        foreach (var attempt in (int[])[1, 2, 3])
        {
            var (path, _) = await NewOutputAsync(10);
            // Never disposed: their worker died.
            await Storage.PrepareAsync(AddressOf("out/film.mp4"), First, default);
            await Storage.StageAsync(path, AddressOf("out/film.mp4"), First with { Attempt = attempt }, null, default);
        }

        await Storage.CleanUpAsync(AddressOf("out/film.mp4"), First with { Attempt = 2 }, default);
        Files().Single().ShouldContain("-3.nommer-part");
        await Storage.CleanUpAsync(AddressOf("never/film.mp4"), First, default);
        Directory.Exists(Path.Combine(Root, "never")).ShouldBeFalse();
    }

    [Fact]
    public async Task Preparing_leaves_no_trace_in_the_folder()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "out"));
        var before = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Directory.SetLastWriteTimeUtc(folder.FullName, before);
        await Storage.PrepareAsync(AddressOf("out/film.mp4"), First with { Attempt = 2 }, default);
        Directory.GetLastWriteTimeUtc(folder.FullName).ShouldBe(before);
    }
}

/// <summary>A small file system in memory; only root can make one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk? TryMount(int bytes)
    {
        var path = Directory.CreateTempSubdirectory("nommer-disk-").FullName;
        return Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", path) == 0 ? new SmallDisk(path) : null;
    }

    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
