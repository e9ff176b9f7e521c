using System.Collections.Concurrent;
using MediaNommer.Core.Storage;

namespace MediaNommer.Tests.Worker;

/// <summary>A storage of which everything fails in a way that no storage should.</summary>
internal sealed class BrokenStorage : IMediaStorage
{
    public IReadOnlyList<string> Schemes { get; } = ["broken"];

    public Task<MediaStat> StatAsync(string address, CancellationToken cancellation) => throw Error();

    public Task FetchAsync(
        string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation) => throw Error();

    public Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation) => throw Error();

    public Task<IStagedOutput> StageAsync(
        string path, string address, OutputTag tag, IProgress<TransferProgress>? progress,
        CancellationToken cancellation) => throw Error();

    /// <summary>After which attempts it was told to clean up: the one thing that works.</summary>
    public ConcurrentQueue<OutputTag> CleanedUp { get; } = new();

    public Task CleanUpAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        CleanedUp.Enqueue(tag);
        return Task.CompletedTask;
    }

    private static UriFormatException Error() => new("never heard of it");
}
