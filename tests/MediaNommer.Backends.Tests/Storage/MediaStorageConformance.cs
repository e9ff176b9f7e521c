using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

/// <summary>What every storage must do. Each adapter's tests inherit it and say where its server keeps its files.</summary>
public abstract class MediaStorageConformance : IAsyncLifetime
{
    private const int Size = 3_000_000;

    protected static readonly OutputTag First = new("0123456789abcdef0123456789abcdef", 1);

    /// <summary>Where the server keeps its files on this machine.</summary>
    protected string Root { get; } = Directory.CreateTempSubdirectory("nommer-storage-root-").FullName;

    protected string Work { get; } = Directory.CreateTempSubdirectory("nommer-storage-work-").FullName;

    protected StorageOptions Options { get; } = new() { TransferTimeout = 60, TransferRetries = 5 };

    protected abstract IMediaStorage Storage { get; }

    /// <summary>True when a run whose output was taken away by a later attempt cannot promote it.</summary>
    protected virtual bool FencesAttempts => true;

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
        Directory.CreateDirectory(Path.Combine(Root, "folder.mp4"));
        var empty = await Should.ThrowAsync<MediaStorageException>(() => FetchAsync("empty.mp4"));
        empty.Message.ShouldContain("empty");
        empty.IsTransient.ShouldBeFalse();
        (await Should.ThrowAsync<MediaStorageException>(() => FetchAsync("folder.mp4"))).IsTransient.ShouldBeFalse();
        File.Exists(Local("source")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("with some spaces.mp4")]
    [InlineData("ünïcödé 映画 🎬.mp4")]
    [InlineData("100% #1; a&b=c?+'\"[x]{y}~^`|<z>@$,!().mp4")]
    [InlineData("-rf.mp4")]
    [InlineData("a/deep/folder with space/out.mp4")]
    public async Task Names_of_every_kind_can_be_written_and_read(string name)
    {
        var content = await WriteAsync(name, First, 5000);
        ShouldHold(Path.Combine(Root, name), content);
        Files().ShouldBe([name]);

        await FetchAsync(name);
        ShouldHold(Local("source"), content);
    }

    [Fact]
    public async Task A_name_of_255_bytes_can_be_written()
    {
        var name = new string('ü', 125) + "x.mp4";
        await WriteAsync(name, First, 5000);
        Files().ShouldBe([name]);
    }

    [Fact]
    public async Task Nothing_is_visible_before_it_is_promoted_and_nothing_is_left_beside_it_afterwards()
    {
        await Storage.PrepareAsync(AddressOf("out/film.mp4"), First, default);
        Files().ShouldBeEmpty();
        var (path, content) = await NewOutputAsync(Size);
        var progress = new Progress();
        await using (var staged = await Storage.StageAsync(path, AddressOf("out/film.mp4"), First, progress, default))
        {
            File.Exists(Path.Combine(Root, "out/film.mp4")).ShouldBeFalse();
            await staged.PromoteAsync(default);
            ShouldHold(Path.Combine(Root, "out/film.mp4"), content);
        }

        progress.Last.ShouldBe(new TransferProgress(Size, Size));
        Files().ShouldBe(["out/film.mp4"]);
    }

    [Fact]
    public async Task What_is_not_promoted_leaves_nothing_behind()
    {
        var old = await WriteAsync("film.mp4", First, 100);
        var (path, _) = await NewOutputAsync(Size);
        var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), First with { Attempt = 2 }, null, default);
        await staged.DisposeAsync();

        Files().ShouldBe(["film.mp4"]);
        ShouldHold(Path.Combine(Root, "film.mp4"), old);
    }

    [Fact]
    public async Task A_reader_sees_the_old_output_or_the_new_one_whole_and_nothing_else()
    {
        var contents = new ConcurrentBag<string> { Hash(await WriteAsync("film.mp4", First, Size)) };
        var seen = new ConcurrentDictionary<string, int>();
        using var over = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
                seen.AddOrUpdate(Hash(File.ReadAllBytes(Path.Combine(Root, "film.mp4"))), 1, (_, n) => n + 1);
        });
        for (var attempt = 2; attempt < 8; attempt++)
            contents.Add(Hash(await WriteAsync("film.mp4", First with { Attempt = attempt }, Size)));
        await over.CancelAsync();
        await reader;

        seen.Values.Sum().ShouldBeGreaterThan(5);
        seen.Keys.Except(contents).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_later_attempt_takes_the_output_of_an_earlier_one_away_and_leaves_that_of_other_jobs()
    {
        if (!FencesAttempts)
            return;
        var other = new OutputTag("ffffffffffffffffffffffffffffffff", 1);
        var (stale, ofOther) = ((await NewOutputAsync(1000)).Path, (await NewOutputAsync(1500)).Path);
        await using var staged = await Storage.StageAsync(stale, AddressOf("film.mp4"), First, null, default);
        await using var stagedByOther = await Storage.StageAsync(ofOther, AddressOf("film.mp4"), other, null, default);
        var current = await WriteAsync("film.mp4", First with { Attempt = 3 }, 2000);

        var error = await Should.ThrowAsync<MediaStorageException>(() => staged.PromoteAsync(default));
        error.Code.ShouldBe(MediaStorageErrors.Superseded);
        ShouldHold(Path.Combine(Root, "film.mp4"), current);
        await stagedByOther.PromoteAsync(default);
        Files().ShouldBe(["film.mp4"]);
    }

    [Fact]
    public async Task Many_can_write_to_one_folder_at_once()
    {
        var names = Enumerable.Range(0, 12).Select(i => $"shared/folder/{i}.mp4").ToList();
        await Task.WhenAll(names.Select((name, i) => WriteAsync(name, new OutputTag($"job{i}", 1), 50_000)));
        Files().ShouldBe(names, ignoreOrder: true);
    }

    [Fact]
    public async Task A_destination_that_is_a_folder_is_refused_before_the_work_begins()
    {
        if (!SeesFolders)
            return;
        Directory.CreateDirectory(Path.Combine(Root, "films"));
        foreach (var address in (string[])[AddressOf("films"), AddressOf("films/")])
        {
            var error = await Should.ThrowAsync<MediaStorageException>(
                () => Storage.PrepareAsync(address, First, default));
            error.Code.ShouldBe(MediaStorageErrors.DestNotWritable);
            error.Message.ShouldContain("add the name of");
        }

        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_link_is_not_taken_as_an_output()
    {
        File.CreateSymbolicLink(Local("output"), "/etc/hostname");
        await Should.ThrowAsync<MediaStorageException>(
            () => Storage.StageAsync(Local("output"), AddressOf("film.mp4"), First, null, default));
        Files().ShouldBeEmpty();
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
            await staged.PromoteAsync(token);
        });

        // A link is made before anybody can cancel it.
        (File.Exists(Local("source")) && new FileInfo(Local("source")).LinkTarget is null).ShouldBeFalse();
        File.Exists(Path.Combine(Root, "film.mp4")).ShouldBeFalse();
        // The server may take a moment to see that nobody is there any more.
        await MediaNommer.Tests.Soon.BeAsync(() => Files().SequenceEqual(["movie.mp4"]), "the server to clean up");
    }

    protected async Task<byte[]> PutAsync(string name, int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, content);
        return content;
    }

    /// <summary>An output, as the worker makes it: prepared, staged, promoted.</summary>
    protected async Task<byte[]> WriteAsync(string name, OutputTag tag, int size)
    {
        var (path, content) = await NewOutputAsync(size);
        await Storage.PrepareAsync(AddressOf(name), tag, default);
        await using var staged = await Storage.StageAsync(path, AddressOf(name), tag, null, default);
        await staged.PromoteAsync(default);
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

    protected Task FetchAsync(string name) => Storage.FetchAsync(AddressOf(name), Local("source"), null, default);

    protected string Local(string name) => Path.Combine(Work, name);

    /// <summary>Every file that the server holds, hidden ones too.</summary>
    protected List<string> Files() =>
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
