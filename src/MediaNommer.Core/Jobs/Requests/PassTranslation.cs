using System.Collections.Frozen;
using System.Globalization;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>The translation of one pass from ffmpeg of 2011 to today's.</summary>
internal sealed class PassTranslation(EncodePass pass, int index, int passCount, string ending)
{
    private static readonly FrozenSet<string> H264Profiles =
        FrozenSet.ToFrozenSet(["baseline", "main", "high", "high10", "high422", "high444"]);

    // Only these keep pictures in 8 bits and 4:2:0, and an encoder refuses any others.
    private static readonly string[] PlainProfiles = ["baseline", "main", "high"];

    private readonly List<OptionPair> input = [.. pass.InfileOptions.Where(option => !IsMisplaced(option))];
    private readonly List<OptionPair> output =
        [.. pass.OutfileOptions, .. pass.InfileOptions.Where(IsMisplaced)];

    private readonly List<string> remarks = [];

    public EncodePass Translate(ICollection<string> remarksOfJob)
    {
        foreach (var option in input.ToList())
        {
            if (option is { Key: "loop_input", Value: null })
                Replace(input, option, new OptionPair("loop", "1"));
        }

        foreach (var option in output.ToList())
            TranslateOutput(option);
        RequirePlainPixels();
        MoveIndexToFront();
        foreach (var remark in remarks.Where(remark => !remarksOfJob.Contains(remark)))
            remarksOfJob.Add(remark);
        return new EncodePass { InfileOptions = input, OutfileOptions = output };
    }

    private void TranslateOutput(OptionPair option)
    {
        var (key, value) = option;
        if (value is null)
            TranslateFlag(option);
        else if (key is "acodec" or "vcodec" or "c" or "codec" || key.StartsWith("c:", StringComparison.Ordinal))
            TranslateCodec(option, value);
        else if (key == "async")
            AddResampler(option, value);
        else if (key == "vsync")
            TranslateVsync(option, value);
        else if (key == "vpre")
            TranslatePresetFile(option, value);
        else if (key == "vol")
            TranslateVolume(option, value);
        else if (key == "profile" && ProfileKey(value) is { } profileKey)
            Replace(output, option, new OptionPair(profileKey, value));
        else if (OldNames.OfLanguages.TryGetValue(key, out var name))
            Replace(output, option, new OptionPair(name, "language=" + value));
        else if (OldNames.OfOptions.TryGetValue(key, out name) || (IsX264 && OldNames.OfX264.TryGetValue(key, out name)))
            Replace(output, option, new OptionPair(name, value));
    }

    private void TranslateFlag(OptionPair option)
    {
        switch (option.Key)
        {
            case "newaudio" or "newvideo" or "newsubtitle" or "isync":
                Drop(option, "is gone: use map to choose streams");
                break;
            case "intra":
                Replace(output, option, new OptionPair("g", "1"));
                break;
            case "deinterlace":
                MergeFilter(option, "vf", "filter:v", "yadif", first: true);
                break;
            case "sameq" or "same_quant" when HasAny("crf", "b", "b:v", "q:v", "qscale", "qp", "cqp"):
                Drop(option, "never kept the quality; the other options decide it");
                break;
            case "sameq" or "same_quant":
                var encoder = Find("c:v", "vcodec")?.Value ?? "";
                var usesQscale = encoder.StartsWith("mpeg", StringComparison.Ordinal) || encoder is "libxvid" or "mjpeg";
                Replace(output, option, usesQscale ? new OptionPair("q:v", "2") : new OptionPair("crf", "18"));
                break;
        }
    }

    private void TranslateCodec(OptionPair option, string value)
    {
        if (!OldNames.OfCodecs.TryGetValue(value, out var name))
            return;
        var key = option.Key switch { "acodec" => "c:a", "vcodec" => "c:v", _ => option.Key };
        Replace(output, option, new OptionPair(key, name));
    }

    private void AddResampler(OptionPair option, string value)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var samples))
            throw new JobRequestException(
                JobRequestErrors.BadOption, $"job_options.options[{index}].outfile_options",
                $"Pass {index + 1}: the option 'async' has the value '{RequestJson.Printable(value)}'; it must be a number of samples per second.");
        if (samples <= 0)
            Drop(option, "does nothing");
        else if (HasAny("an") || Find("c:a", "acodec", "c", "codec")?.Value == "copy")
            Drop(option, "does nothing without audio to encode");
        else
            MergeFilter(option, "af", "filter:a", "aresample=async=" + value, first: false);
    }

    private void TranslateVsync(OptionPair option, string value)
    {
        var mode = value switch
        {
            "-1" or "auto" => "auto", "0" or "passthrough" => "passthrough", "1" or "cfr" => "cfr", "2" or "vfr" => "vfr",
            _ => null,
        };
        if (mode is not null)
            Replace(output, option, new OptionPair("fps_mode", mode));
    }

    private void TranslatePresetFile(OptionPair option, string value)
    {
        if (OldNames.OfPresetFile(value.Replace("_firstpass", "", StringComparison.Ordinal)) is { } today)
            Replace(output, option, today);
        else
            Drop(option, "named a file that ffmpeg no longer brings along");
    }

    private void TranslateVolume(OptionPair option, string value)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var volume))
        {
            var factor = (volume / 256.0).ToString("0.####", CultureInfo.InvariantCulture);
            MergeFilter(option, "af", "filter:a", "volume=" + factor, first: false);
        }
    }

    private void RequirePlainPixels()
    {
        var profile = output.Find(option => IsVideo(option.Key, "profile") && PlainProfiles.Contains(option.Value));
        if (profile is null || HasAny("vn") || Find("c:v", "vcodec", "c", "codec")?.Value == "copy")
            return;
        var isDecided = output.Exists(option =>
            FfmpegFlags.BaseOf(option.Key) is "pix_fmt"
            || (FfmpegFlags.BaseOf(option.Key) is "vf" or "filter" or "filter_complex" or "lavfi"
                && option.Value?.Contains("format=", StringComparison.Ordinal) == true));
        if (isDecided)
            return;
        output.Add(new OptionPair("pix_fmt", "yuv420p"));
        remarks.Add($"Added pix_fmt=yuv420p, which {Show(profile)} needs.");
    }

    private void MoveIndexToFront()
    {
        if (!pass.MoveAtomToFront || index < passCount - 1)
            return;
        var muxer = Find("f")?.Value ?? FfmpegFormats.MuxerFor(ending);
        if (!FfmpegFormats.HasFastStart(muxer))
        {
            remarks.Add($"move_atom_to_front does nothing for the format {muxer ?? ending} and was left out.");
            return;
        }

        var place = output.FindIndex(option => option.Key == "movflags");
        if (place < 0)
            output.Add(new OptionPair("movflags", "+faststart"));
        else if (!(output[place].Value ?? "").Contains("faststart", StringComparison.Ordinal))
            output[place] = new OptionPair("movflags", output[place].Value + "+faststart");
        remarks.Add("move_atom_to_front became movflags=+faststart.");
    }

    private void MergeFilter(OptionPair option, string key, string longKey, string filter, bool first)
    {
        var place = output.FindIndex(candidate => candidate.Key == key || candidate.Key == longKey);
        if (place < 0)
        {
            Replace(output, option, new OptionPair(key, filter));
            return;
        }

        var (existingKey, graph) = output[place];
        if ((graph ?? "").Contains(filter, StringComparison.Ordinal))
        {
            Drop(option, $"is in {existingKey} already");
            return;
        }

        output[place] = new OptionPair(existingKey, first ? $"{filter},{graph}" : $"{graph},{filter}");
        output.Remove(option);
        remarks.Add($"Option {Show(option)} of 2011 became the filter {filter} in {existingKey}.");
    }

    private void Replace(List<OptionPair> list, OptionPair old, OptionPair today)
    {
        list[list.IndexOf(old)] = today;
        remarks.Add($"Option {Show(old)} of 2011 became {Show(today)}.");
    }

    private void Drop(OptionPair option, string why)
    {
        output.Remove(option);
        remarks.Add($"Option {Show(option)} of 2011 {why}; it was left out.");
    }

    private bool IsX264 => Find("c:v", "vcodec")?.Value is "libx264" or "x264" or "h264";

    private bool HasAny(params string[] keys) => Find(keys) is not null;

    private OptionPair? Find(params string[] keys) => output.FindLast(option => keys.Contains(option.Key));

    private static bool IsVideo(string key, string name) =>
        key == name + ":v" || key.StartsWith(name + ":v:", StringComparison.Ordinal);

    private static string? ProfileKey(string value) =>
        H264Profiles.Contains(value) ? "profile:v" : value.StartsWith("aac_", StringComparison.Ordinal) ? "profile:a" : null;

    // They concern the whole run, and in 2011 it did not matter where they stood.
    private static bool IsMisplaced(OptionPair option) => option.Key is "async" or "vsync";

    private static string Show(OptionPair option) => option.Value is null ? option.Key : $"{option.Key}={option.Value}";
}
