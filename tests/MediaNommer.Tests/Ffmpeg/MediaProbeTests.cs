using System.Runtime.Versioning;
using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

/// <summary>Looks at sources with a program that stands in for ffprobe and misbehaves.</summary>
[SupportedOSPlatform("linux")]
public sealed class MediaProbeTests : IDisposable
{
    private const string Report = "[info] Input #0, mov,mp4, from 'x':\\n[info]   Duration: 00:00:02.00, bitrate: 5 kb/s\\n"
        + "[info]   Stream #0:0(und): Video: h264, yuv420p, 320x180, 25 fps\\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-probe-tests-");
    private readonly FakeClock clock = new();

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task It_is_given_the_file_and_none_of_our_secrets()
    {
        Environment.SetEnvironmentVariable("NOMMER_TEST_SECRET", "shh");
        var facts = await LookAsync($"env > {folder}/env; cat source.mov > {folder}/seen; printf \"{Report}\" >&2");

        facts.Size.ShouldBe(5);
        facts.Streams.ShouldHaveSingleItem().Codec.ShouldBe("h264");
        (await File.ReadAllTextAsync(Path.Combine(folder.FullName, "seen"))).ShouldBe("movie");
        (await File.ReadAllTextAsync(Path.Combine(folder.FullName, "env"))).ShouldNotContain("NOMMER_TEST_SECRET");
    }

    [Fact]
    public async Task A_look_that_does_not_end_is_ended()
    {
        var looking = LookAsync($"echo $$ > {folder}/pid; exec sleep 1000");
        await Soon.BeAsync(() => File.Exists(Path.Combine(folder.FullName, "pid")) && Pid() > 0, "it runs");
        clock.Advance(MediaProbe.Patience);

        var error = await Should.ThrowAsync<MediaStorageException>(() => looking);

        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("30 s");
        await Soon.BeAsync(() => !Directory.Exists($"/proc/{Pid()}"), "it was killed");
        Directory.GetDirectories(Path.Combine(folder.FullName, "work")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_flood_of_text_is_cut()
    {
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => LookAsync("while true; do echo '[error] again and again' >&2; done"));

        error.Message.Length.ShouldBeLessThan(1000);
    }

    [Theory]
    [InlineData("kill -9 $$", "ended by signal 9")]
    [InlineData("echo '[mov @ 0x1f] [error] moov atom not found' >&2; exit 1", "moov atom not found")]
    [InlineData("exit 1", "gave no reason")]
    [InlineData("exit 0", "it has no streams")]
    public async Task Why_it_failed_is_said(string script, string expected)
    {
        var error = await Should.ThrowAsync<MediaStorageException>(() => LookAsync(script));

        error.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task A_missing_ffprobe_is_named_with_the_remedy()
    {
        var probe = new MediaProbe(Storages(), "/no/such/ffprobe", Path.Combine(folder.FullName, "work"), clock);

        var error = await Should.ThrowAsync<MediaStorageException>(() => probe.LookAsync(Source(), CancellationToken.None));

        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("Ffmpeg:FfprobePath");
    }

    [Theory]
    [InlineData(1L << 62)]
    [InlineData(long.MaxValue)]
    public async Task A_server_that_claims_an_absurd_size_is_refused(long size)
    {
        var probe = new MediaProbe(
            new MediaStorages([new Boaster(size)], ["boast"]), "/no/such/ffprobe", Path.Combine(folder.FullName, "work"), clock);

        var error = await Should.ThrowAsync<MediaStorageException>(() => probe.LookAsync("boast://x/movie.mov", CancellationToken.None));

        (error.Code, error.IsTransient).ShouldBe((MediaStorageErrors.SourceUnreadable, false));
        error.Message.ShouldContain($"{size} bytes");
    }

    private int Pid() => int.TryParse(File.ReadAllText(Path.Combine(folder.FullName, "pid")), out var id) ? id : 0;

    private static MediaStorages Storages() => new([new FileStorage()], ["file"]);

    private string Source()
    {
        var path = Path.Combine(folder.FullName, "movie.mov");
        File.WriteAllText(path, "movie");
        return path;
    }

    private Task<Core.Jobs.SourceFacts> LookAsync(string script)
    {
        var program = Path.Combine(folder.FullName, "ffprobe");
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new MediaProbe(Storages(), program, Path.Combine(folder.FullName, "work"), clock).LookAsync(Source(), CancellationToken.None);
    }

    /// <summary>Says that it has a file of some size.</summary>
    private sealed class Boaster(long size) : IMediaStorage, IMediaContent
    {
        public IReadOnlyList<string> Schemes => ["boast"];

        public long Size => size;

        public string? Revision => null;

        public DateTimeOffset? ModifiedAt => null;

        public Task<IMediaContent?> OpenAsync(string address, CancellationToken cancellation) => Task.FromResult<IMediaContent?>(this);

        public async Task CopyAsync(long from, long length, Stream target, CancellationToken cancellation) =>
            await target.WriteAsync(new byte[1000], cancellation);

        public Task<MediaStat> StatAsync(string address, CancellationToken cancellation) => throw new NotSupportedException();

        public Task FetchAsync(
            string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IStagedOutput> StageAsync(
            string path, string address, OutputTag tag, IProgress<TransferProgress>? progress, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
