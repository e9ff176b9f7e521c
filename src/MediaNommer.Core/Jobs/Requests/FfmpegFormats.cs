using System.Collections.Frozen;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>
/// ffmpeg's formats that read or write exactly one file. Formats that follow references to others, open devices or
/// sockets, or run scripts (concat, hls, dash, lavfi, tee, rtp, vapoursynth, …) are not among them.
/// </summary>
public static class FfmpegFormats
{
    private const string Endings = """
        3g2:3g2 3gp:3gp ac3:ac3 adts:aac,adts aiff:aif,aiff,aifc amr:amr apng:apng asf:asf,wmv,wma ass:ass,ssa au:au
        avi:avi avif:avif caf:caf dts:dts dv:dv dvd: eac3:eac3 f4v:f4v flac:flac flv:flv gif:gif gxf:gxf h261:h261
        h263:h263 h264:h264,264 hevc:hevc,h265,265 ico:ico image2:bmp,dpx,exr,jpeg,jpg,jp2,jxl,pam,pbm,pgm,png,ppm,tga,tif,tiff
        image2pipe: ipod:m4v,m4a,m4b ismv:ismv,isma ivf:ivf latm:latm,loas m4v: matroska:mkv,mka,mks,mk3d mjpeg:mjpg,mjpeg
        mlp:mlp mov:mov,qt mp2:mp2,m2a,mpa mp3:mp3 mp4:mp4 mpeg:mpg,mpeg mpeg1video:m1v mpeg2video:m2v mpegts:ts,m2t,m2ts,mts
        mxf:mxf mxf_d10: mxf_opatom: null: nut:nut obu:obu oga:oga ogg:ogg ogv:ogv opus:opus psp:psp rawvideo:yuv,rgb
        s16le: s24le: s32le: f32le: spx:spx srt:srt svcd: vcd: swf:swf truehd:thd tta:tta ttml:ttml vob:vob voc:voc
        w64:w64 wav:wav webm:webm webp:webp webvtt:vtt wtv:wtv wv:wv yuv4mpegpipe:y4m
        """;

    private static readonly string[][] Table =
        [.. Endings.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split(':', ','))];

    private static readonly FrozenDictionary<string, string> MuxerByEnding = Table
        .SelectMany(row => row.Skip(1).Where(ending => ending.Length > 0), (row, ending) => (ending, muxer: row[0]))
        .ToFrozenDictionary(pair => pair.ending, pair => pair.muxer, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> FastStartMuxers =
        FrozenSet.ToFrozenSet(["mp4", "mov", "ipod", "3gp", "3g2", "psp", "f4v"]);

    /// <summary>The formats that an output may have (<c>-f</c> before the output).</summary>
    public static IReadOnlySet<string> Muxers { get; } = Table.Select(row => row[0]).ToFrozenSet();

    /// <summary>
    /// The formats that a source may have, by the names of ffmpeg's demuxers (<c>-f</c> before the input; joined by
    /// commas a <c>-format_whitelist</c>). Left out is what makes ffmpeg open something else than the source itself:
    /// playlists and manifests, descriptions of network streams, devices, files with companions, pictures with links,
    /// scripts, and those that take any text for media.
    /// </summary>
    public static IReadOnlySet<string> Demuxers { get; } = FrozenSet.ToFrozenSet(
    [
        // Picture and sound.
        "mov", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "live_flv", "asf", "asf_o", "ogg",
        "mxf", "mxg", "gxf", "dv", "nut", "rm", "wtv", "ivf", "nsv", "nuv", "roq", "film_cpk", "smk", "bink", "swf",
        "vivo", "yuv4mpegpipe", "lmlm4", "pva", "ty", "ipu", "cavsvideo", "flic", "4xm", "ea", "mvi", "thp", "xmv",
        // Bare video.
        "h264", "hevc", "vvc", "evc", "m4v", "h261", "h263", "vc1", "vc1test", "av1", "obu", "dirac", "dnxhd", "mjpeg",
        "mjpeg_2000", "rawvideo", "v210", "v210x", "bitpacked",
        // Sound.
        "mp3", "wav", "w64", "flac", "aac", "loas", "ac3", "eac3", "ac4", "dts", "dtshd", "truehd", "mlp", "aiff",
        "caf", "au", "amr", "amrnb", "amrwb", "ape", "mpc", "mpc8", "wv", "tta", "tak", "shn", "dsf", "iff", "oma",
        "aa", "aax", "adx", "voc", "sox", "spdif", "xwma", "gsm", "sbc", "aptx", "aptx_hd", "g722", "g726", "codec2",
        "osq", "rka", "iamf", "s8", "u8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be", "u16le", "u16be", "f32le", "f32be",
        "f64le", "f64be", "alaw", "mulaw",
        // Pictures. image2 is what ffmpeg takes for a single JPEG; the worker names sources without patterns.
        "image2", "jpeg_pipe", "png_pipe", "apng", "gif", "gif_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "ppm_pipe",
        "pgm_pipe", "pbm_pipe", "pam_pipe", "psd_pipe", "exr_pipe", "dpx_pipe", "dds_pipe", "sgi_pipe", "pcx_pipe",
        "qoi_pipe", "j2k_pipe", "jpegls_pipe", "jpegxl_pipe", "jpegxl_anim", "sunrast_pipe", "xbm_pipe", "xpm_pipe",
        "xwd_pipe", "hdr_pipe", "ico",
        // Subtitles.
        "srt", "ass", "webvtt", "microdvd", "mpl2", "mpsub", "sami", "scc", "stl", "subviewer", "subviewer1", "lrc",
        "jacosub", "pjs", "realtext", "vplayer", "aqtitle", "sup", "dvbsub",
    ]);

    /// <summary>The format that ffmpeg chooses for a file's ending (without the dot), or null when it knows none.</summary>
    public static string? MuxerFor(string ending) => MuxerByEnding.GetValueOrDefault(ending);

    /// <summary>True when a file of that ending may be of that format: it is ffmpeg's own choice, or of one family with it.</summary>
    public static bool Fits(string ending, string muxer) =>
        MuxerFor(ending) is { } usual && (usual == muxer || (HasFastStart(usual) && HasFastStart(muxer)));

    /// <summary>The file endings that ffmpeg can be told a format by, in the order of the alphabet.</summary>
    public static IEnumerable<string> KnownEndings => MuxerByEnding.Keys.Order(StringComparer.Ordinal);

    /// <summary>True for formats whose index can be put before the data (<c>-movflags +faststart</c>).</summary>
    public static bool HasFastStart(string? muxer) => muxer is not null && FastStartMuxers.Contains(muxer);
}
