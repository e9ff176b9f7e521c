using System.Globalization;
using System.Text.RegularExpressions;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>Refuses values that would make ffmpeg open something outside its work folder.</summary>
internal static partial class ValueGuard
{
    private const int MaxThreads = 256;

    /// <summary>Why a value is refused, as the end of a sentence that begins with the option; null when it is not.</summary>
    public static string? Examine(string value)
    {
        // Quotes and backslashes could hide the start of a path from the patterns below, so they go first.
        var bare = value.Replace("\\", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);
        if (bare.Contains("://", StringComparison.Ordinal))
            return "holds an address ('://'); the only input is source_path and the only output dest_path";
        if (AbsolutePath().IsMatch(bare))
            return "holds an absolute path; ffmpeg may use nothing outside its work folder";
        if (ParentFolder().IsMatch(bare))
            return "holds a path with '..'; ffmpeg may use nothing outside its work folder";
        var protocol = Protocol().Match(bare);
        return protocol.Success
            ? $"holds '{protocol.Groups["name"].Value}', one of ffmpeg's protocols; ffmpeg may use nothing outside "
                + "its work folder"
            : null;
    }

    /// <summary>
    /// Why a number of threads is refused, or null. ffmpeg starts as many as it is told; tens of thousands leave none for
    /// anybody else on the machine.
    /// </summary>
    public static string? ExamineThreads(string name, string value) =>
        name is not ("threads" or "filter_threads" or "filter_complex_threads") || value == "auto"
        || (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var count) && count <= MaxThreads)
            ? null
            : $"is '{RequestJson.Printable(value)}'; a number up to {MaxThreads} is possible";

    /// <summary>Why the settings of an encoder (<c>x264-params</c> and the like) are refused, or null.</summary>
    public static string? ExamineEncoderSettings(string value)
    {
        var bare = value.Replace("\\", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);
        var name = bare.Split(':')
            .Select(part => part.Split('=')[0].Trim().Replace('_', '-'))
            .FirstOrDefault(part => EncoderFile().IsMatch(part));
        return name is null ? null : $"sets '{RequestJson.Printable(name)}', which names a file; encoders may use no files of their own";
    }

    // A path begins at the start of a value or behind a sign that separates values; "iw/2" and "16/9" are no paths.
    [GeneratedRegex(@"(?:^|[=:,;\[\]|\s@])/")]
    private static partial Regex AbsolutePath();

    [GeneratedRegex(@"(?:^|[/=:,;\[\]|\s@])\.\.(?:$|[/:,;\[\]|\s])")]
    private static partial Regex ParentFolder();

    [GeneratedRegex(
        @"(?:^|[=:,;\[\]|\s@])(?<name>(?:async|bluray|cache|concatf?|crypto|data|fd|ffrtmpcrypt|ffrtmphttp|file|ftp|"
        + "gophers?|hls|https?|httpproxy|icecast|ipfs|ipns|md5|mms[ht]|pipe|prompeg|rist|rtmp[est]*|rtp|sctp|sftp|smb|"
        + @"srtp?|subfile|tcp|tee|tls|dtls|udp(?:lite)?|unix|amqp|zmq|android_content|dvd|saf)\s*(?::|,,|\+\w+:))",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Protocol();

    [GeneratedRegex(
        "(?:^|-)(?:file|path|csv|recon|dump|stats?|table|save|load|exec|nalu|roi|clbin|yuv)(?:-|$)|(?<!pro)file$|"
        + "^(?:cqm|scaling-list)$|(?<!^no)-(?:log|info|input|output)$",
        RegexOptions.IgnoreCase)]
    private static partial Regex EncoderFile();
}
