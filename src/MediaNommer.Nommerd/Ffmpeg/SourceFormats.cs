namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// The formats that a source may have. Left out is what makes ffmpeg open something else than the source itself:
/// playlists and manifests (hls, dash, concat, imf), descriptions of network streams (sdp, rtsp), devices, files with
/// companions (vobsub), pictures with links (svg), and those that take any text for media (tty).
/// </summary>
internal static class SourceFormats
{
    /// <summary>Names of ffmpeg's demuxers, with commas between them.</summary>
    public static string Allowed { get; } = string.Join(',', (string[])
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
}
