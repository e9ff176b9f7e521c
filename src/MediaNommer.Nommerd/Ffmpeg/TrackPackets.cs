namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>What a stream's packets add up to.</summary>
internal sealed class TrackPackets
{
    private double covered;
    private double coveredUntil = double.NegativeInfinity;
    private bool hasKey;

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>How many bytes they hold.</summary>
    public long Bytes { get; private set; }

    /// <summary>When the first is shown, in seconds; infinite when none has a time.</summary>
    public double Start { get; private set; } = double.PositiveInfinity;

    /// <summary>When the last ends, in seconds.</summary>
    public double End { get; private set; } = double.NegativeInfinity;

    /// <summary>
    /// How many seconds of the range that was looked at hold anything: holes, jumps of time and packets that an edit
    /// list leaves out do not count.
    /// </summary>
    public double Covered => covered;

    /// <summary>
    /// How many of those seconds come before the first key packet: a recording that begins in the middle of a group of
    /// pictures has some, and no decoder makes pictures of them. 0 when no packet is a key.
    /// </summary>
    public double CoveredBeforeKey { get; private set; }

    /// <summary>From the first to the last in seconds, or null when none has a time.</summary>
    public double? Seconds => End > Start ? End - Start : null;

    /// <summary>When the last ends in seconds, or null when none has a time.</summary>
    public double? LastEnd => double.IsFinite(End) ? End : null;

    /// <summary>Takes the next packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="from">Where the range of interest begins.</param>
    /// <param name="until">Where it ends.</param>
    public void Add(Packet packet, double from, double until)
    {
        Count++;
        Bytes += packet.Size;
        if (packet.IsKey && !hasKey)
            (hasKey, CoveredBeforeKey) = (true, covered);
        if (packet.IsDiscarded || (packet.Shown ?? packet.Decoded) is not { } shown)
            return;
        Start = Math.Min(Start, shown);
        End = Math.Max(End, shown + packet.Duration);
        // Packets come in the order of decoding, so this finds holes without sorting.
        var begin = packet.Decoded ?? shown;
        var end = begin + packet.Duration;
        var gap = begin - coveredUntil;
        // Nothing but rounding, or a duration that is not known or too short.
        if (gap > 0 && gap <= (packet.Duration > 0 ? packet.Duration : 0.5))
            begin = coveredUntil;
        begin = Math.Max(Math.Max(begin, coveredUntil), from);
        covered += Math.Max(0, Math.Min(end, until) - begin);
        coveredUntil = Math.Max(coveredUntil, end);
    }
}

/// <summary>A packet of a media file, times in seconds.</summary>
/// <param name="Shown">When it is shown, or null.</param>
/// <param name="Decoded">When it is decoded, or null.</param>
/// <param name="Duration">How long it is shown, 0 when not known.</param>
/// <param name="Size">How many bytes it has.</param>
/// <param name="IsDiscarded">True when it is needed for decoding only, not for showing.</param>
/// <param name="IsKey">True when decoding can begin with it.</param>
internal readonly record struct Packet(
    double? Shown, double? Decoded, double Duration, long Size, bool IsDiscarded, bool IsKey);
