using System.Security.Cryptography;
using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Samples;

/// <summary>
/// The smallest useful nommer: copies the source as it is and writes its checksum into the job's log. A place to start
/// from for a nommer of your own; docs/writing-a-nommer.md walks through it.
/// </summary>
public sealed class CopyNommer : INommer
{
    private const int BlockSize = 1 << 20;

    /// <inheritdoc/>
    public string Name => "copy";

    /// <inheritdoc/>
    public async Task<NommerResult> RunAsync(
        NommerTask task, IProgress<StepProgress> progress, CancellationToken graceful, CancellationToken forceful)
    {
        // A copy has nothing to put in order before it stops, so both tokens mean the same here.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(graceful, forceful);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var source = File.OpenRead(task.SourcePath);
        if (source.Length == 0)
            return new NommerResult { Succeeded = false, Message = "The source is empty." };

        await using var output = File.Create(task.OutputPath);
        var block = new byte[BlockSize];
        while (await source.ReadAsync(block, stop.Token) is > 0 and var length)
        {
            hash.AppendData(block, 0, length);
            await output.WriteAsync(block.AsMemory(0, length), stop.Token);
            progress.Report(new StepProgress { Fraction = (double)source.Position / source.Length });
        }
        return new NommerResult
        {
            Succeeded = true,
            Output = new OutputFacts { Size = output.Length },
            Log = $"SHA-256: {Convert.ToHexStringLower(hash.GetHashAndReset())}\n",
        };
    }
}
