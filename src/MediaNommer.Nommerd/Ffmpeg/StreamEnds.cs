using System.Globalization;
using System.Text;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Where the streams of a source really end, from its packets.</summary>
internal sealed class StreamEnds
{
    private readonly Dictionary<int, double> ends = [];
    private readonly StringBuilder line = new();
    private double earliest = double.PositiveInfinity;

    /// <summary>Seconds from the start of the source to the last packet of any stream.</summary>
    public double Latest => ends.Count == 0 ? 0 : ends.Values.Max() - earliest;

    /// <summary>Seconds from the start of the source to the last packet of one stream; 0 when it has none.</summary>
    public double Of(int stream) => ends.TryGetValue(stream, out var end) ? end - earliest : 0;

    /// <summary>True when the source has any packet of a stream.</summary>
    public bool Has(int stream) => ends.ContainsKey(stream);

    /// <summary>Takes lines of <c>packet|stream_index=0|pts_time=1.0|…</c>, in pieces that may end anywhere.</summary>
    public void Take(ReadOnlySpan<byte> piece)
    {
        foreach (var value in piece)
        {
            if (value != '\n')
                line.Append((char)value);
            else
            {
                ReadPacket(line.ToString());
                line.Clear();
            }
        }
    }

    private void ReadPacket(string text)
    {
        int? stream = null;
        double? shown = null, decoded = null;
        var duration = 0.0;
        foreach (var field in text.Split('|'))
        {
            if (field.Split('=') is not [var key, var value] || !double.TryParse(value, CultureInfo.InvariantCulture, out var number))
                continue;
            switch (key)
            {
                case "stream_index": stream = (int)number; break;
                case "pts_time": shown = number; break;
                case "dts_time": decoded = number; break;
                case "duration_time": duration = number; break;
            }
        }
        if (stream is not { } index || (shown ?? decoded) is not { } time)
            return;
        earliest = Math.Min(earliest, time);
        ends[index] = Math.Max(ends.GetValueOrDefault(index, double.NegativeInfinity), time + duration);
    }
}
