using System.Buffers;

namespace MediaNommer.Core.Storage;

/// <summary>A file or object that is open for reading, from any place in it. What is read is all of one revision.</summary>
public interface IMediaContent : IAsyncDisposable
{
    /// <summary>Its size in bytes.</summary>
    long Size { get; }

    /// <summary>Changes when the content does, in the same form as <see cref="IStagedOutput.Revision"/>; null: unknown.</summary>
    string? Revision { get; }

    /// <summary>When it was last changed, or null when unknown.</summary>
    DateTimeOffset? ModifiedAt { get; }

    /// <summary>
    /// A path under which programs of this machine can open exactly this content while it is open here, or null where it lies
    /// elsewhere.
    /// </summary>
    string? LocalPath => null;

    /// <summary>Copies a part of it.</summary>
    /// <param name="from">The first byte.</param>
    /// <param name="length">How many bytes; all of them lie before <see cref="Size"/>.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellation">Ends the copy.</param>
    /// <exception cref="MediaStorageException">It changed, went away, or the connection broke.</exception>
    Task CopyAsync(long from, long length, Stream target, CancellationToken cancellation);
}

/// <summary>Copies exactly as many bytes as were asked for.</summary>
internal static class ExactCopy
{
    private const int BufferSize = 128 << 10;

    /// <param name="read">Reads on, into the buffer, and returns how much that was; 0: the end.</param>
    /// <param name="length">How many bytes to copy.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellation">Ends the copy.</param>
    /// <returns>False when there were fewer bytes.</returns>
    public static async Task<bool> RunAsync(
        Func<Memory<byte>, CancellationToken, ValueTask<int>> read, long length, Stream target, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length, 1, BufferSize));
        try
        {
            while (length > 0)
            {
                var count = await read(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), cancellation);
                if (count == 0)
                    return false;
                await target.WriteAsync(buffer.AsMemory(0, count), cancellation);
                length -= count;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
