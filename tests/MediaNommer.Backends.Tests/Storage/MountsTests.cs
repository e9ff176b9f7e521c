using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

/// <summary>What lies below folders that should be mounted.</summary>
public sealed class MountsTests : IDisposable
{
    private static readonly OutputTag Tag = new("job", 1);

    private readonly string root = Directory.CreateTempSubdirectory("nommer-mounts-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string FileSystems => Path.Combine(root, "fstab");

    private string Mounted => Path.Combine(root, "mountinfo");

    [Fact]
    public async Task A_folder_that_must_be_mounted_is_neither_read_nor_written_before()
    {
        var share = Path.Combine(root, "my share");
        Directory.CreateDirectory(share);
        File.WriteAllText(Path.Combine(share, "a.mp4"), "local");
        var storage = new FileStorage(mounts: new Mounts([share + "/"]));

        foreach (var path in (string[])[share, LinkTo(share)])
        {
            var read = await Should.ThrowAsync<MediaStorageException>(() => storage.StatAsync($"{path}/a.mp4", default));
            var write = await Should.ThrowAsync<MediaStorageException>(() => storage.PrepareAsync($"{path}/new/b.mp4", Tag, default));
            (read.IsAwaited, write.IsAwaited).ShouldBe((true, true));
            read.Message.ShouldContain($"{share} is not a mount point now, but Storage:RequireMount says that it must be");
            write.Message.ShouldContain("Storage:RequireMount");
        }

        Directory.Exists(Path.Combine(share, "new")).ShouldBeFalse();
        await storage.PrepareAsync(Path.Combine(root, "my share too", "b.mp4"), Tag, default);
    }

    [Fact]
    public async Task A_real_mount_satisfies_and_its_loss_is_noticed()
    {
        string dest;
        FileStorage storage;
        using (var disk = SmallDisk.TryMount(1 << 20))
        {
            if (disk is null)
                return;
            storage = new FileStorage(mounts: new Mounts([]));
            var strict = new FileStorage(mounts: new Mounts([disk.Path]));
            dest = Path.Combine(disk.Path, "out", "b.mp4");
            await strict.PrepareAsync(dest, Tag, default);
            await storage.PrepareAsync(dest, Tag, default);
        }

        var error = await Should.ThrowAsync<MediaStorageException>(() => storage.PrepareAsync(dest, Tag, default));
        error.IsAwaited.ShouldBeTrue();
        error.Message.ShouldContain("is not mounted now, but it was earlier");
        Directory.Exists(Path.GetDirectoryName(dest)).ShouldBeFalse();
    }

    [Fact]
    public async Task Outputs_wait_for_what_fstab_lists_and_other_folders_do_not()
    {
        var share = Path.Combine(root, "nas films");
        var escaped = share.Replace(" ", "\\040", StringComparison.Ordinal);
        File.WriteAllText(FileSystems, $"# {root}/other nfs\nnas:/films\t{escaped}  nfs noauto 0 0\n/dev/sda1 / ext4 rw\nnone none swap sw\n");
        File.WriteAllText(Mounted, "25 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
        var storage = new FileStorage(mounts: new Mounts([], FileSystems, Mounted));

        var error = await Should.ThrowAsync<MediaStorageException>(() => storage.PrepareAsync($"{share}/a/b.mp4", Tag, default));
        await storage.PrepareAsync(Path.Combine(root, "other", "b.mp4"), Tag, default);

        error.IsAwaited.ShouldBeTrue();
        error.Message.ShouldContain("lists it");
        Directory.Exists(share).ShouldBeFalse();
        File.AppendAllText(Mounted, $"36 25 0:50 / {escaped} rw - nfs nas:/films rw\n");
        await storage.PrepareAsync($"{share}/a/b.mp4", Tag, default);
    }

    [Theory]
    [InlineData("no/such/folder/a.mp4", true, "its folder is not there either")]
    [InlineData("empty/a.mp4", true, "its folder is empty")]
    [InlineData("full/a.mp4", false, "check the path")]
    [InlineData("full/file/a.mp4", false, "check the path")]
    public async Task A_missing_source_is_waited_for_only_where_a_share_may_be_late(string path, bool isAwaited, string words)
    {
        Directory.CreateDirectory(Path.Combine(root, "empty"));
        Directory.CreateDirectory(Path.Combine(root, "full"));
        File.WriteAllText(Path.Combine(root, "full", "file"), "x");
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => new FileStorage().StatAsync(Path.Combine(root, path), default));
        (error.Code, error.IsAwaited, error.IsTransient).ShouldBe((MediaStorageErrors.SourceNotFound, isAwaited, isAwaited));
        error.Message.ShouldContain(words);
    }

    [Theory]
    [InlineData("Mu\u0308ller/Cafe\u0301.mp4", "M\u00fcller/Caf\u00e9.mp4")]
    [InlineData("M\u00fcller/Caf\u00e9.mp4", "Mu\u0308ller/Cafe\u0301.mp4")]
    [InlineData("\ud55c\u304c.mp4", "\u1112\u1161\u11ab\u304b\u3099.mp4")]
    public async Task A_name_in_another_Unicode_form_is_suggested_so_that_it_can_be_told_apart(string there, string asked)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, there))!);
        File.WriteAllText(Path.Combine(root, there), "x");
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => new FileStorage().StatAsync(Path.Combine(root, asked), default));
        error.IsAwaited.ShouldBeFalse();
        var suggested = error.Message[error.Message.IndexOf("file://", StringComparison.Ordinal)..].TrimEnd('.');
        (await new FileStorage().StatAsync(suggested, default)).Size.ShouldBe(1);
    }

    [Fact]
    public async Task A_name_in_other_capitals_is_suggested()
    {
        File.WriteAllText(Path.Combine(root, "Movie.MKV"), "x");
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => new FileStorage().StatAsync(Path.Combine(root, "movie.mkv"), default));
        error.Message.ShouldContain($"there is {root}/Movie.MKV");
    }

    [Fact]
    public async Task What_changed_about_a_source_is_said()
    {
        var path = Path.Combine(root, "a.mp4");
        File.WriteAllText(path, "x");
        var before = await new FileStorage().StatAsync(path, default);
        File.SetLastWriteTimeUtc(path, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        SourceChange.Describe(before, await new FileStorage().StatAsync(path, default)).ShouldStartWith(
            "it still has 1 bytes, but was written to at 2026-01-02 03:04:05Z; before, the last time was ");
        SourceChange.Describe(before, new MediaStat(2, "2")).ShouldBe("from 1 bytes to 2 bytes");
        SourceChange.Describe(new MediaStat(1, "\"a\""), new MediaStat(1, "\"b\"")).ShouldBe(
            "it still has 1 bytes, but its revision is \"b\" instead of \"a\"");
    }

    private string LinkTo(string folder)
    {
        var link = Path.Combine(root, "link");
        Directory.CreateSymbolicLink(link, folder);
        return link;
    }
}
