using System.Collections.Frozen;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>
/// Which codecs the formats hold that do not hold everything, as ffmpeg's muxers say when they refuse a stream. A format or
/// an encoder that is not listed is left to ffmpeg.
/// </summary>
internal static class ContainerCodecs
{
    private const string Formats = """
        webm:vp8,vp9,av1,opus,vorbis
        mp4:h264,hevc,vp9,av1,mpeg4,mpeg2,mjpeg,png,aac,mp3,opus,vorbis,ac3,eac3,alac,flac,mp2
        ipod:h264,hevc,mpeg4,aac,alac,ac3
        3gp:h264,mpeg4,aac 3g2:h264,mpeg4,aac
        flv:h264,aac,mp3,pcm
        mp3:mp3,png,mjpeg flac:flac,png,mjpeg adts:aac ac3:ac3 eac3:eac3
        ogg:vp8,theora,opus,vorbis,flac oga:opus,vorbis,flac ogv:vp8,theora,opus,vorbis,flac opus:opus
        wav:pcm,mp3,aac,ac3,mp2,flac aiff:pcm,png,mjpeg au:pcm
        gif:gif apng:apng,png webp:webp
        """;

    private const string Encoders = """
        h264:libx264,libx264rgb,libopenh264,h264_nvenc,h264_qsv,h264_vaapi hevc:libx265,hevc_nvenc,hevc_qsv,hevc_vaapi
        vp8:libvpx vp9:libvpx-vp9 av1:libsvtav1,libaom-av1,librav1e mpeg4:mpeg4,libxvid mpeg2:mpeg2video theora:libtheora
        mjpeg:mjpeg png:png apng:apng gif:gif webp:libwebp,libwebp_anim
        aac:aac,libfdk_aac mp3:libmp3lame opus:libopus,opus vorbis:libvorbis,vorbis flac:flac alac:alac ac3:ac3 eac3:eac3 mp2:mp2,libtwolame
        pcm:pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8
        """;

    private static readonly FrozenDictionary<string, FrozenSet<string>> CodecsOf =
        Rows(Formats).ToFrozenDictionary(row => row.Name, row => row.Values.ToFrozenSet());

    private static readonly FrozenDictionary<string, string> CodecByEncoder = Rows(Encoders)
        .SelectMany(row => row.Values, (row, encoder) => (encoder, row.Name))
        .ToFrozenDictionary(pair => pair.encoder, pair => pair.Name);

    /// <summary>The first encoder whose streams the format cannot hold, or null.</summary>
    /// <param name="muxer">The format, by the name of ffmpeg's muxer.</param>
    /// <param name="options">The options of the output.</param>
    public static string? FindMisfit(string muxer, IReadOnlyList<OptionPair> options)
    {
        if (!CodecsOf.TryGetValue(muxer, out var codecs))
            return null;
        var off = options.Where(option => option.Value is null).Select(option => option.Key).ToHashSet();
        return options
            .Where(option => FfmpegFlags.BaseOf(option.Key) is "c" or "codec" or "vcodec" or "acodec" && !off.Contains(SwitchFor(option.Key)))
            .Select(option => option.Value)
            .FirstOrDefault(encoder => encoder is not null && CodecByEncoder.TryGetValue(encoder, out var codec) && !codecs.Contains(codec));
    }

    // What switches off the streams that a codec is chosen for.
    private static string SwitchFor(string key) =>
        key is "vcodec" || key.Contains(":v", StringComparison.Ordinal) ? "vn"
        : key is "acodec" || key.Contains(":a", StringComparison.Ordinal) ? "an"
        : "";

    private static IEnumerable<(string Name, string[] Values)> Rows(string table) => table
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => entry.Split(':'))
        .Select(parts => (parts[0], parts[1].Split(',')));
}
