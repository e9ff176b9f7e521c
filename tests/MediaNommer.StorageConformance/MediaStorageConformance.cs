using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.StorageConformance;

/// <summary>What every storage must do. Each adapter's tests inherit it and say where its server keeps its files.</summary>
public abstract partial class MediaStorageConformance : IAsyncLifetime
{
    private const int Size = 3_000_000;

    protected static readonly OutputTag First = new("0123456789abcdef0123456789abcdef", 1);

    /// <summary>Where the server keeps its files on this machine.</summary>
    protected string Root { get; } = Directory.CreateTempSubdirectory("nommer-storage-root-").FullName;

    protected string Work { get; } = Directory.CreateTempSubdirectory("nommer-storage-work-").FullName;

    protected StorageOptions Options { get; } = new() { TransferTimeout = 60, TransferRetries = 5 };

    protected abstract IMediaStorage Storage { get; }

    /// <summary>False when the server takes the old file away a moment before the new one is there.</summary>
    protected virtual bool ReplacesInOneStep => true;

    /// <summary>True when the storage can tell beforehand that a destination is a folder.</summary>
    protected virtual bool SeesFolders => true;

    /// <summary>The address of a file below the root, its name percent-encoded.</summary>
    protected abstract string AddressOf(string name);

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual Task DisposeAsync()
    {
        OpenFiles().ShouldBeEmpty("every file was closed again");
        (Storage as IDisposable)?.Dispose();
        Directory.Delete(Root, recursive: true);
        Directory.Delete(Work, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_source_is_fetched_byte_for_byte()
    {
        var content = await PutAsync("movie.mp4", Size);
        var progress = new Progress();
        await Storage.FetchAsync(AddressOf("movie.mp4"), Local("source"), progress, default);

        ShouldHold(Local("source"), content);
        progress.Last.ShouldBe(new TransferProgress(Size, Size));
    }

    [Fact]
    public async Task A_stat_tells_the_size_and_a_revision_that_changes_with_the_content()
    {
        await PutAsync("movie.mp4", 1000);
        var before = await Storage.StatAsync(AddressOf("movie.mp4"), default);
        before.Size.ShouldBe(1000);
        before.Revision.ShouldNotBeNull();
        (await Storage.StatAsync(AddressOf("movie.mp4"), default)).ShouldBe(before);

        await PutAsync("movie.mp4", 1001);
        (await Storage.StatAsync(AddressOf("movie.mp4"), default)).Revision.ShouldNotBe(before.Revision);
    }

    [Fact]
    public async Task A_missing_source_is_a_final_error_that_names_it()
    {
        // A folder with nothing in it may be a mount point.
        await PutAsync("other.mp4", 1);
        foreach (var look in Looks("missing.mp4"))
        {
            var error = await Should.ThrowAsync<MediaStorageException>(look);
            error.Code.ShouldBe(MediaStorageErrors.SourceNotFound);
            error.IsTransient.ShouldBeFalse();
            error.Message.ShouldContain("missing.mp4");
        }

        File.Exists(Local("source")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_empty_source_and_a_folder_are_refused()
    {
        await PutAsync("empty.mp4", 0);
        MakeFolder("folder.mp4");
        var empty = await Should.ThrowAsync<MediaStorageException>(() => FetchAsync("empty.mp4"));
        empty.Message.ShouldContain("empty");
        empty.IsTransient.ShouldBeFalse();
        (await Should.ThrowAsync<MediaStorageException>(() => FetchAsync("folder.mp4"))).IsTransient.ShouldBeFalse();
        File.Exists(Local("source")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_cancelled_transfer_ends_at_once_and_leaves_nothing()
    {
        await PutAsync("movie.mp4", 40_000_000);
        var (path, _) = await NewOutputAsync(40_000_000);
        await CancelAsync((progress, token) =>
            Storage.FetchAsync(AddressOf("movie.mp4"), Local("source"), progress, token));
        await CancelAsync(async (progress, token) =>
        {
            await using var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), First, progress, token);
            token.ThrowIfCancellationRequested();
            await staged.PromoteAsync(StillHeld, token);
        });

        // A link is made before anybody can cancel it.
        (File.Exists(Local("source")) && new FileInfo(Local("source")).LinkTarget is null).ShouldBeFalse();
        Held("film.mp4").ShouldBeNull();
        // The server may take a moment to see that nobody is there any more.
        await MediaNommer.Tests.Soon.BeAsync(() => Files().SequenceEqual(["movie.mp4"]), "the server to clean up");
    }

    protected async Task<byte[]> PutAsync(string name, int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        await PutAsync(name, content);
        return content;
    }

    /// <summary>Puts a file on the server, without the storage.</summary>
    protected virtual async Task PutAsync(string name, byte[] content)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, content);
    }

    /// <summary>What the server holds under a name, or null.</summary>
    protected virtual byte[]? Held(string name)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(Root, name));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes an empty folder on the server, if it knows such things.</summary>
    protected virtual void MakeFolder(string name) => Directory.CreateDirectory(Path.Combine(Root, name));

    /// <summary>The store's answer to a run that holds its step.</summary>
    protected static Task StillHeld(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>An output, as the worker makes it: prepared, staged, promoted.</summary>
    protected async Task<byte[]> WriteAsync(string name, OutputTag tag, int size)
    {
        var (path, content) = await NewOutputAsync(size);
        await Storage.PrepareAsync(AddressOf(name), tag, default);
        await using var staged = await Storage.StageAsync(path, AddressOf(name), tag, null, default);
        await staged.PromoteAsync(StillHeld, default);
        return content;
    }

    protected async Task<(string Path, byte[] Content)> NewOutputAsync(int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        var path = Local($"output-{Guid.NewGuid():N}");
        await File.WriteAllBytesAsync(path, content);
        return (path, content);
    }

    // Shouldly compares arrays element by element, which takes seconds.
    protected static void ShouldHold(string path, byte[] content) =>
        File.ReadAllBytes(path).AsSpan().SequenceEqual(content).ShouldBeTrue($"{path} holds other bytes");

    protected void ServerShouldHold(string name, byte[] content) =>
        Held(name).AsSpan().SequenceEqual(content).ShouldBeTrue($"{name} holds other bytes");

    protected Task FetchAsync(string name) => Storage.FetchAsync(AddressOf(name), Local("source"), null, default);

    protected string Local(string name) => Path.Combine(Work, name);

    /// <summary>Every file that the server holds, hidden ones too.</summary>
    protected virtual List<string> Files() =>
    [
        .. Directory.EnumerateFiles(Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(name => !IsTheServersOwn(name))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Files that the server keeps for itself beside the others.</summary>
    protected virtual bool IsTheServersOwn(string name) => false;

    protected static string Encode(string name) => string.Join('/', name.Split('/').Select(Uri.EscapeDataString));

    private Func<Task>[] Looks(string name) => [() => Storage.StatAsync(AddressOf(name), default), () => FetchAsync(name)];

    private async Task CancelAsync(Func<IProgress<TransferProgress>, CancellationToken, Task> transfer)
    {
        using var cancellation = new CancellationTokenSource();
        long cancelledAt = 0;
        var progress = new Progress(() =>
        {
            if (Interlocked.CompareExchange(ref cancelledAt, Stopwatch.GetTimestamp(), 0) == 0)
                cancellation.Cancel();
        });
        try
        {
            await transfer(progress, cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            Stopwatch.GetElapsedTime(cancelledAt).ShouldBeLessThan(TimeSpan.FromSeconds(2));
        }
    }

    private List<string> OpenFiles() =>
    [
        .. Directory.EnumerateFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "")
            .Where(target => target.StartsWith(Root, StringComparison.Ordinal) || target.StartsWith(Work, StringComparison.Ordinal)),
    ];

    private static string Hash(byte[] content) => $"{content.Length}:{Convert.ToHexString(SHA256.HashData(content))}";

    protected sealed class Progress(Action? onReport = null) : IProgress<TransferProgress>
    {
        public List<TransferProgress> All { get; } = [];

        public TransferProgress Last => All[^1];

        public void Report(TransferProgress value)
        {
            All.Add(value);
            onReport?.Invoke();
        }
    }
}
