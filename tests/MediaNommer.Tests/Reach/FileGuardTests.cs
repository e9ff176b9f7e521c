using System.Runtime.InteropServices;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Reach;

/// <summary>Tries to get at the data folder, and out of the allowed folders, in every way that a path offers.</summary>
public sealed class FileGuardTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("nommer-files-").FullName;
    private readonly NommerOptions options;
    private readonly string media;

    public FileGuardTests()
    {
        options = new NommerOptions { DataDir = Path.Combine(home, "data") };
        media = Directory.CreateDirectory(Path.Combine(home, "media")).FullName;
        foreach (var folder in (string[])["uploads/0123", "outputs", "logs", "work/w1"])
            Directory.CreateDirectory(Path.Combine(options.DataDir, folder));
        foreach (var file in (string[])["data/secret.key", "data/store.db", "data/uploads/0123/a.mp4", "data/logs/w.log", "media/a.mp4", "other.mp4"])
            File.WriteAllText(Path.Combine(home, file), "what is in it");
    }

    private string Data => options.DataDir;

    public static TheoryData<string> WaysIntoTheDataFolder => new()
    {
        "{data}/secret.key", "{data}/store.db", "{data}/store.db-wal", "{data}/logs/w.log", "{data}//secret.key", "{data}/./secret.key",
        "{data}/uploads/../secret.key", "{data}/uploads/0123/../../secret.key", "{media}/../data/secret.key", "{media}/link-to-key",
        "{media}/link-to-link", "{media}/link-to-data/secret.key", "{media}/hard-link", "/proc/self/root{data}/secret.key",
        "/proc/self/cwd/../../../../../../../../..{data}/secret.key", "/proc/{pid}/root{data}/secret.key", "/proc/self/fd/{fd}", "/dev/fd/{fd}",
        "/proc/{pid}/fd/{fd}", "/proc/thread-self/fd/{fd}", "file://{data}/secret.key", "FILE://{data}/secret.key",
        "file://localhost{data}/secret.key", "file://{data}/%73ecret.key", "file://{data}/uploads/%2e%2e/secret.key", "file://{media}/..%2Fdata/secret.key",
        "/proc/self/environ", "/proc/1/environ", "/proc/kcore", "/sys/kernel/notes",
    };

    [Theory]
    [MemberData(nameof(WaysIntoTheDataFolder))]
    public async Task Nothing_leads_a_job_to_what_is_in_the_data_folder(string way)
    {
        using var open = File.OpenHandle(Path.Combine(Data, "secret.key"));
        File.CreateSymbolicLink(Path.Combine(media, "link-to-key"), Path.Combine(Data, "secret.key"));
        File.CreateSymbolicLink(Path.Combine(media, "link-to-link"), Path.Combine(media, "link-to-key"));
        File.CreateSymbolicLink(Path.Combine(media, "link-to-data"), "../data");
        Link(Path.Combine(Data, "store.db"), Path.Combine(media, "hard-link")).ShouldBe(0);
        var address = way.Replace("{data}", Data).Replace("{media}", media).Replace("{pid}", $"{Environment.ProcessId}")
            .Replace("{fd}", $"{open.DangerousGetHandle()}");

        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage().StatAsync(address, default));
        await Should.ThrowAsync<MediaStorageException>(() => Storage().FetchAsync(address, Path.Combine(home, "fetched"), null, default));

        error.Code.ShouldBeOneOf(MediaStorageErrors.NotAllowed, MediaStorageErrors.SourceUnreadable);
        AddressGuard.From(options).RefusalOfSource(address).ShouldNotBeNull();
        File.Exists(Path.Combine(home, "fetched")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("{data}/store.db")]
    [InlineData("{data}/new.mp4")]
    [InlineData("{data}/plugins/evil/evil.dll")]
    [InlineData("{data}/uploads/0123/a.mp4")]
    [InlineData("{data}/outputs/../nommer.json")]
    [InlineData("{media}/link-to-data/new.mp4")]
    [InlineData("{media}/link-to-data/new-folder/new.mp4")]
    [InlineData("/proc/self/root{data}/new.mp4")]
    [InlineData("file://{data}/%6eew.mp4")]
    public async Task Nothing_is_written_into_it_either(string way)
    {
        File.CreateSymbolicLink(Path.Combine(media, "link-to-data"), Data);
        var address = way.Replace("{data}", Data).Replace("{media}", media);

        await Should.ThrowAsync<MediaStorageException>(() => Storage().PrepareAsync(address, new OutputTag("job", 1), default));
        var output = Path.Combine(home, "output");
        File.WriteAllText(output, "x");
        await Should.ThrowAsync<MediaStorageException>(() => Storage().StageAsync(output, address, new OutputTag("job", 1), null, default));

        AddressGuard.From(options).RefusalOfDest(address).ShouldNotBeNull();
        Directory.EnumerateFiles(Data, "*new*", SearchOption.AllDirectories).ShouldBeEmpty();
        File.ReadAllText(Path.Combine(Data, "store.db")).ShouldBe("what is in it");
    }

    [Fact]
    public async Task Uploads_can_be_read_and_outputs_written()
    {
        (await Storage().StatAsync(Path.Combine(Data, "uploads/0123/a.mp4"), default)).Size.ShouldBe(13);
        await Storage().PrepareAsync(Path.Combine(Data, "outputs/x/a.mp4"), new OutputTag("job", 1), default);
        Directory.Delete(Path.Combine(Data, "outputs"), recursive: true);
        AddressGuard.From(options).RefusalOfDest(Path.Combine(Data, "outputs/x/a.mp4")).ShouldBeNull();
        // Or the folder of outputs would become a file.
        AddressGuard.From(options).RefusalOfDest(Path.Combine(Data, "outputs")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("{media}/a.mp4", true)]
    [InlineData("{media}/not-there.mp4", true)]
    [InlineData("{media}/../media/a.mp4", true)]
    [InlineData("{data}/uploads/0123/a.mp4", true)]
    [InlineData("{home}/other.mp4", false)]
    [InlineData("{home}/not-there.mp4", false)]
    [InlineData("{media}/../other.mp4", false)]
    [InlineData("{media}-not/a.mp4", false)]
    [InlineData("{media}/way-out/other.mp4", false)]
    [InlineData("{home}/way-in/a.mp4", true)]
    [InlineData("{data}/secret.key", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("s3://bucket/videos/a.mp4", true)]
    [InlineData("s3://bucket/videos-not/a.mp4", false)]
    [InlineData("s3://bucket/a.mp4", false)]
    [InlineData("s3://other/videos/a.mp4", false)]
    [InlineData("https://media.example.com/in/a.mp4", true)]
    [InlineData("https://user:pw@MEDIA.example.com:443/in/a.mp4?x=1", true)]
    [InlineData("https://media.example.com/input/a.mp4", false)]
    [InlineData("https://media.example.com/in/../a.mp4", false)]
    [InlineData("https://media.example.com/in/%2e%2e/a.mp4", false)]
    [InlineData("https://media.example.com/in/..%2fa.mp4", false)]
    [InlineData("https://media.example.com/in/%252e%252e/a.mp4", false)]
    [InlineData("http://media.example.com/in/a.mp4", false)]
    [InlineData("https://media.example.com.evil.org/in/a.mp4", false)]
    [InlineData("https://media.example.com@evil.org/in/a.mp4", false)]
    [InlineData("ftp://media.example.com/in/a.mp4", false)]
    public void Allowed_roots_confine_jobs(string way, bool isAllowed)
    {
        options.Storage.AllowedRoots = [media, "s3://bucket/videos", "https://media.example.com/in/"];
        Directory.CreateSymbolicLink(Path.Combine(media, "way-out"), home);
        Directory.CreateSymbolicLink(Path.Combine(home, "way-in"), media);
        var address = way.Replace("{home}", home).Replace("{data}", Data).Replace("{media}", media);

        (AddressGuard.From(options).RefusalOfSource(address) is null).ShouldBe(isAllowed);
    }

    [Fact]
    public void A_source_that_a_nommer_wrote_itself_stays_as_it_is()
    {
        var written = Path.Combine(Data, "work/w1/source.mp4");
        File.WriteAllText(written, "what the nommer wrote");

        Storage().Hold(written).ShouldBeNull();

        File.ReadAllText(written).ShouldBe("what the nommer wrote");
    }

    [Fact]
    public async Task A_source_that_is_exchanged_after_the_look_at_it_is_not_the_one_that_is_read()
    {
        var source = Path.Combine(media, "a.mp4");
        var fetched = Path.Combine(home, "fetched.mp4");
        var storage = Storage();
        await storage.FetchAsync(source, fetched, null, default);
        using (storage.Hold(fetched))
        {
            File.Delete(source);
            File.CreateSymbolicLink(source, Path.Combine(Data, "secret.key"));
            File.WriteAllText(Path.Combine(Data, "secret.key"), "the key");

            File.ReadAllText(fetched).ShouldBe("what is in it");
        }

        File.Delete(fetched);
        File.CreateSymbolicLink(fetched, source);
        Should.Throw<MediaStorageException>(() => storage.Hold(fetched)).Code.ShouldBe(MediaStorageErrors.NotAllowed);
    }

    [Fact]
    public void The_settings_file_and_the_program_are_nobodys_media_either()
    {
        var config = Path.Combine(home, "elsewhere.json");
        File.WriteAllText(config, """{"Feederd": {"ApiKeys": ["secret"]}}""");
        var loaded = SettingsLoader.Load(config, [new("DataDir", Data)], new System.Collections.Hashtable());
        var guard = AddressGuard.From(loaded);

        guard.RefusalOfSource(config).ShouldNotBeNull();
        guard.RefusalOfDest(config).ShouldNotBeNull();
        guard.RefusalOfDest(Path.Combine(home, "else.mp4")).ShouldBeNull();
        guard.RefusalOfDest(Path.Combine(AppContext.BaseDirectory, "else.mp4")).ShouldBeNull();
        guard.RefusalOfDest(Path.Combine(AppContext.BaseDirectory, "MediaNommer.Core.dll")).ShouldNotBeNull();
        guard.RefusalOfSource(Path.Combine(media, "a.mp4")).ShouldBeNull();
    }

    public void Dispose() => Directory.Delete(home, recursive: true);

    private FileStorage Storage() => new(guard: AddressGuard.From(options));

    [DllImport("libc", EntryPoint = "link")]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
