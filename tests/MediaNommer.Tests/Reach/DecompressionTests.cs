using System.IO.Compression;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd;
using MediaNommer.Nommerd.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Reach;

/// <summary>Sources that are sent compressed and become far larger than what was sent.</summary>
public sealed class DecompressionTests : IDisposable
{
    private const int Size = 4 << 20;
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-packed-").FullName;

    private string Path => System.IO.Path.Combine(folder, "source.mp4");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(Size - 1, false)]
    [InlineData(Size, true)]
    public async Task What_becomes_absurdly_large_is_refused_for_good(long harmless, bool isTaken)
    {
        Write();

        var decoding = ContentDecoding.DecodeAsync(Path, "https://a.example/a.mp4", "br", null, default, harmless);

        if (isTaken)
        {
            await decoding;
            new FileInfo(Path).Length.ShouldBe(Size);
            return;
        }

        var error = await Should.ThrowAsync<MediaStorageException>(() => decoding);
        (error.Code, error.IsTransient).ShouldBe((MediaStorageErrors.SourceUnreadable, false));
        error.Message.ShouldContain("1000 times");
        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_has_no_room_can_end_it_on_the_way()
    {
        Write();
        var largest = 0L;
        var progress = new Full(p =>
        {
            p.Total.ShouldBeNull();
            if ((largest = p.Bytes) > Size / 2)
                throw new MediaStorageException(MediaStorageErrors.TransferFailed, "The disk is too full.", isTransient: true);
        });

        var error = await Should.ThrowAsync<MediaStorageException>(
            () => ContentDecoding.DecodeAsync(Path, "https://a.example/a.mp4", "br", progress, default));

        error.IsTransient.ShouldBeTrue();
        largest.ShouldBeLessThan(Size);
        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    [Fact]
    public void The_room_is_looked_at_anew_when_a_source_is_unpacked()
    {
        using var folders = new WorkFolders(
            new NommerOptions { Nommerd = { WorkDir = folder } }, new WorkerIdentity(new NommerdLaunch()), NullLogger<WorkFolders>.Instance);
        var room = new DownloadRoom(folders, "https://a.example/a.mp4", reserve: 0);
        room.Require(new TransferProgress(Size, null));

        Should.Throw<MediaStorageException>(() => room.Require(new TransferProgress(0, long.MaxValue / 4))).IsAwaited.ShouldBeTrue();
    }

    private void Write()
    {
        using var packed = new BrotliStream(File.Create(Path), CompressionLevel.Fastest);
        packed.Write(new byte[Size]);
    }

    private sealed class Full(Action<TransferProgress> take) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => take(value);
    }
}
