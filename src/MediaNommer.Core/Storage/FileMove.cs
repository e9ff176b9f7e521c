namespace MediaNommer.Core.Storage;

/// <summary>Brings an output from the work folder into the folder of its destination, with the rights that it has there.</summary>
internal static class FileMove
{
    private const int CopyBuffer = 1 << 20;

    /// <summary>Moves a file, or copies it where it cannot be moved as it should be.</summary>
    public static async Task MoveAsync(
        string from, string to, long length, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        var error = FileRights.TryAdopt(from, to) ? Posix.Rename(from, to) : Posix.OtherDevice;
        if (error == Posix.OtherDevice)
            await CopyAsync(from, to, length, progress, cancellation);
        else if (error != 0)
            throw Posix.ToException(error, to);
    }

    private static async Task CopyAsync(
        string from, string to, long length, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        await using var source = new FileStream(
            from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        FileErrors.RequireRoom(Path.GetDirectoryName(to)!, length);
        await using var target = new FileStream(
            to, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var buffer = new byte[(int)Math.Clamp(length, 1, CopyBuffer)];
        long copied = 0;
        int read;
        while ((read = await source.ReadAsync(buffer, cancellation)) > 0)
        {
            await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
            copied += read;
            progress?.Report(new TransferProgress(copied, length));
        }

        File.SetLastWriteTimeUtc(target.SafeFileHandle, File.GetLastWriteTimeUtc(source.SafeFileHandle));
    }

    /// <summary>Waits until the file would outlast a power cut.</summary>
    public static void Sync(string path)
    {
        var error = Posix.Sync(path);
        if (error != 0)
            throw Posix.ToException(error, path);
    }
}
