using MediaNommer.Core.Storage;
using MediaNommer.Nommerd.Ffmpeg;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// Looks whether a download has room that could not be asked for its size before, or that is decompressed when it is there.
/// An output is taken to be no larger than its source, as in <see cref="Admission"/>.
/// </summary>
internal sealed class DownloadRoom(WorkFolders folders, string display, long reserve)
{
    private const long LookEvery = 64L << 20;

    private TransferProgress last;
    private long lookAt;

    /// <summary>To be called as the download goes on.</summary>
    /// <exception cref="MediaStorageException">There is not enough room.</exception>
    public void Require(TransferProgress progress)
    {
        // Another total, or less than there was: it began again, or is decompressed now.
        if (progress.Total != last.Total || progress.Bytes < last.Bytes)
            lookAt = 0;
        last = progress;
        if (progress.Bytes < lookAt)
            return;
        lookAt = progress.Total is null ? progress.Bytes + LookEvery : long.MaxValue;
        var needed = progress.Total is { } total ? (2 * total) - progress.Bytes : 0;
        if (needed <= folders.FreeBytes - reserve)
            return;
        throw new MediaStorageException(
            MediaStorageErrors.TransferFailed,
            $"The worker's disk is too full for {display}{(progress.Total is { } size ? $" and an output of its size ({ByteText.Show(size)})" : "")}; "
            + $"{ByteText.Show(reserve)} must remain (Nommerd:MinFreeDiskBytes).", isTransient: true)
        {
            IsAwaited = true,
        };
    }
}
