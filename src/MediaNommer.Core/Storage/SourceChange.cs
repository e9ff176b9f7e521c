using System.Globalization;

namespace MediaNommer.Core.Storage;

/// <summary>Says what changed about a source that was not to change.</summary>
public static class SourceChange
{
    /// <summary>The difference, in words.</summary>
    public static string Describe(MediaStat before, MediaStat after)
    {
        if (before.Size != after.Size)
            return $"from {Bytes(before.Size)} to {Bytes(after.Size)}";
        var size = after.Size is null ? "" : $"it still has {Bytes(after.Size)}, but ";
        return before.ModifiedAt != after.ModifiedAt
            ? $"{size}was written to at {Time(after.ModifiedAt)}; before, the last time was {Time(before.ModifiedAt)}"
            : $"{size}its revision is {after.Revision ?? "unknown"} instead of {before.Revision ?? "unknown"}";
    }

    internal static MediaStorageException Error(string display, MediaStat before, MediaStat after, string verb) => new(
        MediaStorageErrors.SourceChanged,
        $"{display}: the source changed while it was {verb} ({Describe(before, after)}).", isTransient: true);

    private static string Bytes(long? count) =>
        count is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known} bytes") : "an unknown size";

    private static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture) ?? "an unknown time";
}
