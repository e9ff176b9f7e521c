using MediaNommer.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace MediaNommer.Backends.Sqlite;

/// <summary>The file through which one queue tells other processes of new messages.</summary>
internal sealed class Doorbell : IDisposable
{
    private readonly SafeFileHandle? file;

    public Doorbell(string folder, string queue)
    {
        try
        {
            PrivateFolder.Make(folder);
            file = File.OpenHandle(
                Path.Combine(folder, queue), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without a bell the others find the message at their next look, two seconds later at most.
        }
    }

    /// <summary>Writes the byte that the others watch for.</summary>
    public void Ring()
    {
        try
        {
            if (file is { IsClosed: false })
                RandomAccess.Write(file, "\n"u8, fileOffset: 0);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // As above: a full disk only makes the others hear of it later.
        }
    }

    public void Dispose() => file?.Dispose();
}

/// <summary>Watches the doorbells of all queues.</summary>
internal sealed class DoorbellWatch : IDisposable
{
    private readonly FileSystemWatcher? watcher;

    public DoorbellWatch(string folder, Action<string> rung)
    {
        try
        {
            PrivateFolder.Make(folder);
            watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.LastWrite };
            watcher.Changed += (_, change) => rung(change.Name!);
            watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system is out of watches: messages of other processes are found at the next look.
        }
    }

    public void Dispose() => watcher?.Dispose();
}
