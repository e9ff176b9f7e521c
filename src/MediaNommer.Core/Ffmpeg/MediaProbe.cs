using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Ffmpeg;

/// <summary>
/// Says what lies at an address. A file is looked at where it is; of everything else the beginning and the end are fetched,
/// which is where formats keep what they say of themselves.
/// </summary>
/// <param name="storages">Reads the address, with the same reach as jobs have.</param>
/// <param name="program">The ffprobe program, a name on the PATH or a path.</param>
/// <param name="folder">Where what is fetched lies meanwhile.</param>
/// <param name="clock">Measures the patience.</param>
/// <param name="looks">Opens files; null: one of its own.</param>
public sealed class MediaProbe(MediaStorages storages, string program, string folder, TimeProvider clock, FileLooks? looks = null)
{
    // Indexes of films of some hours are smaller than that.
    private const long EndSize = 16 << 20;

    // More than file systems take, and so than any server can mean.
    private const long MostSize = 8L << 40;

    private readonly FileLooks looks = looks ?? new FileLooks(clock);

    /// <summary>How long a look may take in all.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Looks at an address.</summary>
    /// <exception cref="MediaStorageException">It is missing, may not be read, is no media, or took too long.</exception>
    public async Task<SourceFacts> LookAsync(string address, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await LookAsync(address, new MediaUri(MediaUri.Redact(address), null), either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new MediaStorageException(
                MediaStorageErrors.TransferFailed,
                $"{MediaUri.Redact(address)} was looked at for {Patience.TotalSeconds:0} s without a result.", isTransient: true);
        }
    }

    private async Task<SourceFacts> LookAsync(string address, MediaUri shown, CancellationToken cancellation)
    {
        await using var content = await looks.OpenAsync(storages.For(address), address, cancellation)
            ?? throw Refuse($"{shown}: {shown.Scheme}:// addresses cannot be read in parts, so only a job can tell what it is.");
        if (content.Size == 0)
            throw Refuse($"{shown} is empty (0 bytes).");
        if (content.LocalPath is null && content.Size > MostSize)
            throw Refuse($"{shown} has {content.Size} bytes, as its server says; files of more than {MostSize >> 40} TiB are not looked at.");
        var work = Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N")));
        try
        {
            var name = $"source{ExtensionOf(shown.FileName)}";
            var isWhole = await BringAsync(content, Path.Combine(work.FullName, name), cancellation);
            var (log, why) = await new FfprobeRun(program, work.FullName).ReportAsync(name, cancellation);
            var facts = why is null ? LoggedSource.Read(log) : null;
            return facts is null
                ? throw Refuse($"{shown} is no media that ffmpeg can read: {why ?? "it has no streams"}."
                    + (isWhole ? "" : $" Only its first {EndSize >> 20} MiB could be looked at: the server does not send parts."))
                : facts with { Size = content.Size };
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    /// <summary>Makes the file readable as <paramref name="path"/>.</summary>
    /// <returns>False when its end is missing.</returns>
    private static async Task<bool> BringAsync(IMediaContent content, string path, CancellationToken cancellation)
    {
        if (content.LocalPath is { } local)
        {
            File.CreateSymbolicLink(path, local);
            return true;
        }

        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        var head = Math.Min(content.Size, content.Size <= 2 * EndSize ? content.Size : EndSize);
        await content.CopyAsync(0, head, file, cancellation);
        if (head == content.Size)
            return true;
        MakeHole(file, content.Size);
        file.Position = content.Size - EndSize;
        try
        {
            await content.CopyAsync(content.Size - EndSize, EndSize, file, cancellation);
            return true;
        }
        catch (MediaStorageException e) when (!e.IsTransient)
        {
            file.SetLength(head);
            return false;
        }
    }

    /// <summary>Makes the file as long as the source. The middle takes no room.</summary>
    private static void MakeHole(FileStream file, long size)
    {
        try
        {
            file.SetLength(size);
        }
        catch (IOException e)
        {
            throw new MediaStorageException(
                MediaStorageErrors.SourceUnreadable,
                $"The source has {size} bytes, and the file system of {Path.GetDirectoryName(file.Name)}, where it is looked at, "
                + $"takes no file of that length ({e.Message.TrimEnd('.')}).", inner: e);
        }
    }

    private static string ExtensionOf(string name) =>
        Path.GetExtension(name) is { Length: > 1 and <= 10 } extension && extension.Skip(1).All(char.IsAsciiLetterOrDigit)
            ? extension
            : "";

    private static MediaStorageException Refuse(string message) => new(MediaStorageErrors.SourceUnreadable, message);
}
