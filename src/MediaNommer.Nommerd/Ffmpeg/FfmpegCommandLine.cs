using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Writes command lines for ffmpeg. Pure: the same options always give the same arguments. All names are relative to
/// the work folder, in which ffmpeg is started.
/// </summary>
internal static class FfmpegCommandLine
{
    /// <summary>What every run begins with; [error] and the like before each line make its output easy to judge.</summary>
    private static readonly string[] Preamble =
        ["-hide_banner", "-nostdin", "-y", "-loglevel", "level+verbose", "-nostats", "-progress", "pipe:1"];

    private const string PassLog = "passlog";

    /// <summary>The arguments of one pass.</summary>
    /// <param name="options">All passes.</param>
    /// <param name="pass">Which of them, from 0.</param>
    /// <param name="sourceName">The source, relative to the work folder.</param>
    /// <param name="outputName">The output, relative to the work folder; only the last pass writes it.</param>
    public static string[] Build(EncodeOptions options, int pass, string sourceName, string outputName)
    {
        var infile = options.Passes[pass].InfileOptions;
        var outfile = options.Passes[pass].OutfileOptions;
        var isLast = pass == options.Passes.Count - 1;

        List<string> arguments = [.. Preamble];
        foreach (var option in infile)
            Add(arguments, option);
        // After the user's options, so that nothing among them can loosen what the source may make ffmpeg open.
        arguments.AddRange(["-protocol_whitelist", "file", "-format_whitelist", SourceFormats.Allowed]);
        arguments.AddRange(["-i", $"file:{sourceName}"]);
        foreach (var option in isLast ? SoundSync.Apply(options, outfile) : outfile.Where(option => option.Key != "f"))
            Add(arguments, option);
        AddPassOptions(arguments, options, pass);
        if (isLast)
            AddOutput(arguments, options.Passes[pass], outputName);
        else
            arguments.AddRange(["-f", FinalFormat(options, outputName), "/dev/null"]);
        return [.. arguments];
    }

    private static void Add(List<string> arguments, OptionPair option)
    {
        arguments.Add($"-{option.Key}");
        if (option.Value is not null)
            arguments.Add(option.Value);
    }

    private static void AddPassOptions(List<string> arguments, EncodeOptions options, int pass)
    {
        var all = options.Passes.SelectMany(each => each.OutfileOptions).ToList();
        var namesPasses = all.Any(option => IsKey(option, "pass"));
        // Encoders with statistics of their own (x265-params pass=1) are left to them.
        var encoderDoesIt = all.Any(option => option.Value?.Contains("pass=", StringComparison.Ordinal) == true);
        if (options.Passes.Count > 1 && !namesPasses && !encoderDoesIt)
            arguments.AddRange(["-pass", $"{pass + 1}"]);
        else if (!namesPasses)
            return;
        if (!all.Any(option => IsKey(option, "passlogfile")))
            arguments.AddRange(["-passlogfile", PassLog]);
    }

    private static void AddOutput(List<string> arguments, EncodePass pass, string outputName)
    {
        // "+" adds to what the user set by -movflags.
        if (pass.MoveAtomToFront && MediaFiles.IsMp4Like(outputName) && !pass.OutfileOptions.Any(SetsFastStart))
            arguments.AddRange(["-movflags", "+faststart"]);
        arguments.Add($"file:{outputName}");
    }

    private static bool SetsFastStart(OptionPair option) =>
        option.Key == "movflags" && option.Value?.Contains("faststart", StringComparison.Ordinal) == true;

    /// <summary>
    /// The format that the last pass will write. A pass that only gathers statistics must use it too: formats differ in
    /// how frames are dropped and doubled (and in their encoders, where none is named), and the last pass fails when it
    /// is fed other frames than the statistics are about.
    /// </summary>
    private static string FinalFormat(EncodeOptions options, string outputName) =>
        options.Passes[^1].OutfileOptions.LastOrDefault(option => option.Key == "f")?.Value
        ?? FfmpegFormats.MuxerFor(Path.GetExtension(outputName).TrimStart('.')) ?? "null";

    /// <summary>True for <c>c</c> and <c>c:v</c>, when asked for <c>c</c>.</summary>
    private static bool IsKey(OptionPair option, string key) =>
        option.Key == key || option.Key.StartsWith(key + ':', StringComparison.Ordinal);
}
