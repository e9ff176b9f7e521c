using MediaNommer.Core.Storage;

namespace MediaNommer.Tests.Worker;

/// <summary>A storage of files that blocks whoever asks it, as a network mount does whose server is gone.</summary>
internal sealed class HangingStorage : IMediaStorage, IDisposable
{
    private readonly ManualResetEventSlim back = new();
    private int looks;

    public IReadOnlyList<string> Schemes { get; } = ["broken"];

    public bool ReadsInPlace => true;

    /// <summary>How many looks are answered before it hangs.</summary>
    public int Answers { get; init; }

    public int Looks => looks;

    public Task<MediaStat> StatAsync(string address, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref looks) > Answers)
            back.Wait(CancellationToken.None);
        return Task.FromResult(new MediaStat(1, "1"));
    }

    public Task FetchAsync(
        string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation) =>
        File.WriteAllTextAsync(path, "picture and sound", cancellation);

    public Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        back.Wait(CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task<IStagedOutput> StageAsync(
        string path, string address, OutputTag tag, IProgress<TransferProgress>? progress, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public void ComesBack() => back.Set();

    public void Dispose() => ComesBack();
}
