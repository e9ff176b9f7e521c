using System.Globalization;
using System.Text;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Reads what ffprobe prints (<c>-of compact</c>): <c>packet|stream_index=0|pts_time=1.0|…</c>, <c>stream|…</c>,
/// <c>format|…</c>. Keeps sums only, so that files of any length can be read.
/// </summary>
/// <param name="from">Where the range of interest begins, in seconds from the start of the file.</param>
/// <param name="until">Where it ends.</param>
internal sealed class ProbeReader(double from = double.NegativeInfinity, double until = double.PositiveInfinity)
{
    private readonly SortedDictionary<int, TrackPackets> tracks = [];
    private readonly SortedDictionary<int, OutputStream> streams = [];
    private readonly StringBuilder line = new();
    private double? formatSeconds;
    private double? origin;

    /// <summary>True when pictures were decoded too.</summary>
    public bool HasDecoded { get; init; }

    /// <summary>The packets of each stream that has any, by its number.</summary>
    public IReadOnlyDictionary<int, TrackPackets> Tracks => tracks;

    /// <summary>Seconds from the first to the last packet of any stream.</summary>
    public double Latest => tracks.Count == 0
        ? 0
        : Math.Max(0, tracks.Values.Max(track => track.End) - tracks.Values.Min(track => track.Start));

    /// <summary>Takes some more of it, in pieces that may end anywhere.</summary>
    public void Take(ReadOnlySpan<byte> piece)
    {
        foreach (var value in piece)
        {
            if (value != '\n')
                line.Append((char)value);
            else
            {
                ReadLine(line.ToString());
                line.Clear();
            }
        }
    }

    /// <summary>What the file is made of.</summary>
    public OutputDescription Describe() => new(
        formatSeconds,
        [.. streams.Values.Select(stream => tracks.GetValueOrDefault(stream.Index) is { } packets
            ? stream with
            {
                Frames = packets.Count, Bytes = packets.Bytes, Seconds = packets.Seconds ?? stream.Seconds, End = packets.LastEnd,
            }
            : stream)]);

    private void ReadLine(string text)
    {
        var fields = text.Split('|');
        var isPacket = fields[0] == "packet";
        if (!isPacket && fields[0] is not ("stream" or "format"))
            return;
        var values = new Dictionary<string, string>(fields.Length);
        foreach (var field in fields.Skip(1))
        {
            var equals = field.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                values[field[..equals]] = field[(equals + 1)..];
        }
        if (isPacket)
            ReadPacket(values);
        else if (fields[0] == "stream" && ReadStream(values) is var stream)
            // A stream of a program (MPEG-TS) is told twice; the second time, behind all programs, is complete.
            streams[stream.Index] = stream;
        else
            formatSeconds = Number(values, "duration");
    }

    private void ReadPacket(Dictionary<string, string> values)
    {
        if (Number(values, "stream_index") is not { } index)
            return;
        var flags = values.GetValueOrDefault("flags") ?? "";
        var packet = new Packet(
            Number(values, "pts_time"), Number(values, "dts_time"), Number(values, "duration_time") ?? 0,
            (long)(Number(values, "size") ?? 0), flags.Contains('D'), flags.Contains('K'));
        origin ??= packet.Shown ?? packet.Decoded;
        if (!tracks.TryGetValue((int)index, out var track))
            tracks[(int)index] = track = new TrackPackets();
        track.Add(packet, from + (origin ?? 0), until + (origin ?? 0));
    }

    private OutputStream ReadStream(Dictionary<string, string> values) => new(
        values.GetValueOrDefault("codec_type") ?? "data",
        values.GetValueOrDefault("codec_name") ?? "unknown",
        (int)(Number(values, "width") ?? 0),
        (int)(Number(values, "height") ?? 0),
        Frames: 0,
        Number(values, "duration"),
        IsCover: Number(values, "disposition:attached_pic") > 0)
    {
        Index = (int)(Number(values, "index") ?? -1),
        // ffprobe gives none as "N/A".
        Decoded = HasDecoded ? (long)(Number(values, "nb_read_frames") ?? 0) : null,
    };

    private static double? Number(Dictionary<string, string> values, string name) =>
        double.TryParse(values.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : null;
}
