using System.Runtime.Versioning;
using MediaNommer.Core.Storage;
using MediaNommer.Tests.Feederd;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Reach;

[UnsupportedOSPlatform("windows")]
public sealed class PrivateFolderTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = Owner | UnixFileMode.UserExecute;
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    private readonly string home = Directory.CreateTempSubdirectory("nommer-private-").FullName;

    [Fact]
    public async Task Nobody_else_reads_what_feederd_writes_whatever_the_umask_is()
    {
        await using var feederd = await RunningFeederd.StartAsync();
        await feederd.SubmitAsync();
        using var form = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", "a.mp4" } };
        (await feederd.Http.PostAsync("/v1/uploads", form)).EnsureSuccessStatusCode().Dispose();

        File.GetUnixFileMode(feederd.DataDir).ShouldBe(OwnerFolder);
        foreach (var file in Directory.EnumerateFiles(feederd.DataDir, "*.db*").Append(Path.Combine(feederd.DataDir, "secret.key"))
            .Concat(Directory.EnumerateFiles(Path.Combine(feederd.DataDir, "uploads"), "*", SearchOption.AllDirectories)))
            File.GetUnixFileMode(file).ShouldBe(Owner, file);
    }

    [Fact]
    public void What_an_earlier_version_left_open_is_closed_and_what_is_not_ours_stays_as_it_is()
    {
        foreach (var folder in (string[])["uploads/1", "logs", "work/w/run", "outputs"])
            Directory.CreateDirectory(Path.Combine(home, folder));
        foreach (var file in (string[])["store.db", "store.db-wal", "secret.key", "uploads/1/a.mp4", "logs/w.log", "work/w/run/output.mp4", "outputs/o.mp4"])
            File.WriteAllText(Path.Combine(home, file), "x");
        var outside = Path.Combine(Path.GetTempPath(), $"nommer-outside-{Guid.NewGuid():N}");
        File.WriteAllText(outside, "somebody's source");
        File.CreateSymbolicLink(Path.Combine(home, "uploads/1/link"), outside);
        foreach (var entry in Directory.EnumerateFileSystemEntries(home, "*", SearchOption.AllDirectories).Append(home))
            File.SetUnixFileMode(entry, Everybody);

        PrivateFolder.Tighten(home);

        UnixFileMode ModeOf(string name) => File.GetUnixFileMode(Path.Combine(home, name));
        foreach (var folder in (string[])["", "uploads", "uploads/1", "logs", "work", "work/w"])
            ModeOf(folder).ShouldBe(OwnerFolder, folder);
        foreach (var file in (string[])["store.db", "store.db-wal", "secret.key", "uploads/1/a.mp4", "logs/w.log"])
            ModeOf(file).ShouldBe(Owner, file);
        ModeOf("work/w/run/output.mp4").ShouldBe(Everybody);
        ModeOf("outputs/o.mp4").ShouldBe(Everybody);
        File.GetUnixFileMode(outside).ShouldBe(Everybody);
        File.Delete(outside);
    }

    [Fact]
    public void A_folder_that_serves_others_too_is_not_taken_from_them()
    {
        File.WriteAllText(Path.Combine(home, "secret.key"), "x");
        File.WriteAllText(Path.Combine(home, "index.html"), "x");
        File.SetUnixFileMode(home, Everybody);
        File.SetUnixFileMode(Path.Combine(home, "secret.key"), Everybody);

        PrivateFolder.Tighten(home);

        File.GetUnixFileMode(home).ShouldBe(Everybody);
        File.GetUnixFileMode(Path.Combine(home, "secret.key")).ShouldBe(Owner);
    }

    public void Dispose() => Directory.Delete(home, recursive: true);
}
