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
    /// The formats that a source may have (<c>-f</c> before the input), by the names of ffmpeg's demuxers; good as a
    /// <c>-format_whitelist</c>, joined by commas.
    /// </summary>
    public static IReadOnlySet<string> Demuxers { get; } = FrozenSet.ToFrozenSet((
        "3dostr 4xm aa aac aax ac3 adp ads aea afc aiff aix alias_pix alp amr amrnb amrwb anm apc ape apm apng aptx "
        + "aptx_hd asf asf_o ass ast au av1 avi avif avr avs avs2 avs3 bethsoftvid bfi bin bink binka bit bmp_pipe bmv "
        + "brstm c93 caf cavsvideo cdg cdxl cine dds_pipe dfa dfpwm dhav dirac dnxhd dpx_pipe dsf dsicin dts dtshd dv "
        + "dvbsub dvbtxt dxa ea ea_cdata eac3 epaf exr_pipe f32be f32le f64be f64le film_cpk filmstrip fits flac flic "
        + "flv frm fsb g722 g723_1 g726 g726le g729 gif gif_pipe gsm gxf h261 h263 h264 hca hcom hdr_pipe hevc hnm ico "
        + "idcin iff ilbc image2 image2pipe ingenient ipmovie ipu ircam iss ivf ivr j2k_pipe jacosub jpeg_pipe "
        + "jpegls_pipe jpegxl_anim jpegxl_pipe jv kux lmlm4 loas lrc lvf lxf m4v matroska,webm matroska webm mgsts "
        + "microdvd mjpeg mjpeg_2000 mlp mlv mm mmf mov,mp4,m4a,3gp,3g2,mj2 mov mp4 m4a 3gp 3g2 mj2 mp3 mpc mpc8 mpeg "
        + "mpegts mpegtsraw mpegvideo mpjpeg mpl2 mpsub mtv mulaw alaw mv mvi mxf mxg nc nsv nut nuv obu ogg oma osq "
        + "paf pam_pipe pbm_pipe pcx_pipe pgm_pipe pgmyuv_pipe phm_pipe pictor_pipe pjs png_pipe ppm_pipe psd_pipe pva "
        + "qcp qoi_pipe r3d rawvideo realtext rl2 rm roq rpl s16be s16le s24be s24le s32be s32le s8 sami sbg scc sgi_pipe "
        + "shn siff smjpeg smk smush sox spdif srt stl subviewer subviewer1 sunrast_pipe sup svs swf tak thp tiff_pipe "
        + "tiertexseq tmv truehd tta ty u16be u16le u8 v210 v210x vag vc1 vc1test vivo vmd voc vqf vvc w64 wav wc3movie "
        + "webp_pipe webvtt wsaud wsvqa wtv wv wve xa xbm_pipe xmv xpm_pipe xwd_pipe xwma yop yuv4mpegpipe").Split(' '));

    /// <summary>The format that ffmpeg chooses for a file's ending (without the dot), or null when it knows none.</summary>
    public static string? MuxerFor(string ending) => MuxerByEnding.GetValueOrDefault(ending);

    /// <summary>The file endings that ffmpeg can be told a format by, in the order of the alphabet.</summary>
    public static IEnumerable<string> KnownEndings => MuxerByEnding.Keys.Order(StringComparer.Ordinal);

    /// <summary>True for formats whose index can be put before the data (<c>-movflags +faststart</c>).</summary>
    public static bool HasFastStart(string? muxer) => muxer is not null && FastStartMuxers.Contains(muxer);
}
