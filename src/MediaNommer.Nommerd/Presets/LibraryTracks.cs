using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Presets;

/// <summary>
/// All streams beside the picture that is encoded, for a library in MKV: copied where MKV can hold them, converted where
/// it cannot, left out (and named) where neither is possible.
/// </summary>
/// <param name="Indexes">The source's streams to take, in order.</param>
/// <param name="Options">How each is written.</param>
/// <param name="Notes">For the history.</param>
internal sealed record LibraryTracks(IReadOnlyList<int> Indexes, IReadOnlyList<OptionPair> Options, IReadOnlyList<string> Notes)
{
    private static readonly HashSet<string> SoundOfMkv =
    [
        "aac", "ac3", "eac3", "dts", "truehd", "mlp", "flac", "alac", "mp1", "mp2", "mp3", "opus", "vorbis", "tta", "wavpack",
        "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_f32le", "pcm_f64le",
        "wmav1", "wmav2", "wmapro", "wmalossless",
    ];

    private static readonly HashSet<string> SubtitlesOfMkv =
    [
        "subrip", "srt", "text", "ass", "ssa", "webvtt", "hdmv_pgs_subtitle", "hdmv_text_subtitle", "dvd_subtitle",
        "dvb_subtitle",
    ];

    private static readonly HashSet<string> TextSubtitles =
    [
        "mov_text", "eia_608", "microdvd", "sami", "jacosub", "mpl2", "pjs", "realtext", "stl", "subviewer", "subviewer1",
        "vplayer",
    ];

    /// <summary>Counts that describe the old picture, as mkvmerge writes them.</summary>
    private static readonly string[] StaleCounts = ["BPS", "NUMBER_OF_BYTES", "NUMBER_OF_FRAMES", "_STATISTICS_TAGS"];

    /// <summary>Works it out.</summary>
    /// <param name="source">What the source is like.</param>
    /// <param name="picture">The stream that is encoded, or null.</param>
    public static LibraryTracks Of(SourceProbe source, ProbedStream? picture)
    {
        var options = new List<OptionPair>(picture is null ? [] : Forget(picture));
        var counts = new Dictionary<string, int> { ["video"] = picture is null ? 0 : 1 };
        List<int> indexes = [];
        List<string> notes = [];
        List<ProbedStream> left = [];
        foreach (var stream in source.Streams.Where(stream => stream != picture))
        {
            if (Codec(stream) is not { } codec)
            {
                left.Add(stream);
                continue;
            }
            var number = counts.GetValueOrDefault(stream.Kind);
            counts[stream.Kind] = number + 1;
            indexes.Add(stream.Index);
            options.Add(new OptionPair($"c:{Letter(stream.Kind)}:{number}", codec));
            if (codec != "copy")
                notes.Add($"{Capital(TrackChoice.Name(stream))} became {codec}, because MKV cannot hold it.");
        }
        if (left.Count > 0)
            notes.Add($"Left out, because MKV cannot hold it: {TrackChoice.Names(left)}.");
        return new LibraryTracks(indexes, options, notes);
    }

    /// <summary>ffmpeg's name of the codec that the stream is written with, or null to leave it out.</summary>
    private static string? Codec(ProbedStream stream) => stream.Kind switch
    {
        "video" or "attachment" => "copy",
        "audio" when SoundOfMkv.Contains(stream.Codec) && stream.Undecodable != "it is encrypted" => "copy",
        "audio" when stream.Undecodable is null => "flac",
        "subtitle" when SubtitlesOfMkv.Contains(stream.Codec) => "copy",
        "subtitle" when TextSubtitles.Contains(stream.Codec) && stream.Undecodable is null => "subrip",
        "subtitle" when stream is { Codec: "xsub", Undecodable: null } => "dvdsub",
        _ => null,
    };

    private static IEnumerable<OptionPair> Forget(ProbedStream picture) => picture.Tags.Keys
        .Where(key => Array.Exists(StaleCounts, stale => key.StartsWith(stale, StringComparison.OrdinalIgnoreCase)))
        .Select(key => new OptionPair("metadata:s:v:0", $"{key}="));

    private static char Letter(string kind) => kind == "attachment" ? 't' : kind[0];

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
