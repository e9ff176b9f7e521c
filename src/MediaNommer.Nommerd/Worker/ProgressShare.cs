using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// Which part of a job's percentage belongs to download, encoding and upload. Local files cost next to nothing to
/// move; over a network a tenth for each way is a fair guess that keeps the bar moving.
/// </summary>
internal readonly record struct ProgressShare(double Download, double Upload)
{
    public static ProgressShare For(JobSpec spec) => new(
        spec.Source.Scheme == "file" ? 0 : 0.1,
        spec.Dest.Scheme == "file" ? 0 : 0.1);

    private double Encode => 1 - Download - Upload;

    public StepProgress Downloading(TransferProgress transfer) =>
        new() { Fraction = Download * Part(transfer) };

    // A nommer may be anybody's: numbers that are none must not reach the store, which cannot write them.
    public StepProgress Encoding(StepProgress encoding) => new()
    {
        Fraction = Download + Encode * Math.Clamp(Finite(encoding.Fraction) ?? 0, 0, 1),
        Fps = Finite(encoding.Fps),
        Speed = Finite(encoding.Speed),
        SecondsLeft = Finite(encoding.SecondsLeft),
    };

    public StepProgress Uploading(TransferProgress transfer) =>
        new() { Fraction = Download + Encode + Upload * Part(transfer) };

    private static double? Finite(double? number) => number is { } value && double.IsFinite(value) ? value : null;

    private static double Part(TransferProgress transfer) =>
        transfer.Total is > 0 and var total ? Math.Clamp(transfer.Bytes / (double)total, 0, 1) : 0;
}
