using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>Adds up what several parts of one transfer moved at the same time.</summary>
internal sealed class SharedProgress(long total, IProgress<TransferProgress>? progress)
{
    private readonly Lock gate = new();
    private long moved;

    /// <summary>So many more bytes were moved; fewer than none, when a part begins anew.</summary>
    public void Add(long bytes)
    {
        lock (gate)
        {
            moved += bytes;
            progress?.Report(new TransferProgress(moved, total));
        }
    }
}
