using System.Collections.Frozen;
using System.Globalization;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>
/// Refuses passes that would never end: sources and filters that repeat or invent pictures and sound for ever, where
/// nothing limits the output. Such a job would hold its worker until the disk is full.
/// </summary>
internal static class EndlessGuard
{
    private const string Remedy = "limit the output with t, to, fs or frames:v in outfile_options";

    // Nobody repeats a source more often than that without a limit in mind.
    private const int MaxRepeats = 10_000;

    private static readonly FrozenSet<string> OutputLimits =
        FrozenSet.ToFrozenSet(["t", "to", "fs", "frames", "vframes", "aframes"]);

    private static readonly FrozenSet<string> Sources = FrozenSet.ToFrozenSet(
    [
        "color", "colorchart", "colorspectrum", "color_vulkan", "testsrc", "testsrc2", "rgbtestsrc", "yuvtestsrc", "allrgb",
        "allyuv", "smptebars", "smptehdbars", "pal75bars", "pal100bars", "nullsrc", "haldclutsrc", "gradients", "life",
        "cellauto", "mandelbrot", "mptestsrc", "sierpinski", "zoneplate", "perlin", "qrencodesrc", "anullsrc", "sine",
        "aevalsrc", "anoisesrc",
    ]);

    // Filters that end with the first of their inputs, or at a given moment.
    private static readonly FrozenSet<string> EndingFilters = FrozenSet.ToFrozenSet(["trim", "atrim", "amerge"]);

    private static readonly string[] EndingArguments = ["shortest", "endall", "duration=first"];

    /// <summary>Looks at one pass.</summary>
    /// <exception cref="JobRequestException">It would not end; names the option.</exception>
    public static void Check(int index, EncodePass pass)
    {
        var outputIsLimited = pass.OutfileOptions.Any(option => OutputLimits.Contains(FfmpegFlags.BaseOf(option.Key)));
        if (outputIsLimited)
            return;
        var inputIsLimited = pass.InfileOptions.Any(option => option.Key is "t" or "to");
        for (var i = 0; i < pass.InfileOptions.Count && !inputIsLimited; i++)
        {
            if (RepeatsSource(pass.InfileOptions[i]))
                throw Place(index, "infile_options", i, pass.InfileOptions[i])
                    .Bad($"repeats the source without end; {Remedy}, or with t in infile_options");
        }

        if (pass.OutfileOptions.Any(option => option.Key == "shortest"))
            return;
        for (var i = 0; i < pass.OutfileOptions.Count; i++)
        {
            if (EndlessFilter(pass.OutfileOptions[i]) is { } filter)
                throw Place(index, "outfile_options", i, pass.OutfileOptions[i])
                    .Bad($"uses the filter '{filter}', which never ends; {Remedy}, or add shortest");
        }
    }

    private static bool RepeatsSource(OptionPair option) => option.Key switch
    {
        "stream_loop" => IsEndless(option.Value),
        "loop" => option.Value is not ("0" or "false"),
        // For pictures that move: as often as they themselves say, which mostly is for ever.
        "ignore_loop" => option.Value is "0" or "false",
        _ => false,
    };

    private static string? EndlessFilter(OptionPair option)
    {
        if (!FilterGuard.IsGraph(option.Key) || option.Value is null || FilterGraph.TryParse(option.Value) is not { } filters)
            return null;
        var ends = filters.Any(filter => EndingFilters.Contains(filter.Name)
            || EndingArguments.Any(argument => filter.Arguments.Contains(argument, StringComparison.Ordinal)));
        return ends ? null : filters.FirstOrDefault(IsEndless).Name;
    }

    private static bool IsEndless(FilterUse filter)
    {
        var arguments = FilterGraph.SplitArguments(filter.Arguments);
        return filter.Name switch
        {
            "loop" or "aloop" => IsEndless(Value(arguments, 0, "loop")),
            "tpad" => IsEndless(Value(arguments, 1, "stop")),
            "apad" => !arguments.Any(argument => argument.Name is "pad_len" or "whole_len" or "pad_dur" or "whole_dur"),
            _ => Sources.Contains(filter.Name) && !arguments.Any(argument => argument.Name is "d" or "duration"),
        };
    }

    private static string? Value(IReadOnlyList<(string Name, string Value)> arguments, int place, string name) =>
        arguments.LastOrDefault(argument => argument.Name == name).Value
        ?? (place < arguments.Count && arguments[place].Name.Length == 0 ? arguments[place].Value : null);

    private static bool IsEndless(string? repeats) =>
        repeats is not null
        && (repeats.TrimStart().StartsWith('-')
            || (double.TryParse(repeats, NumberStyles.Float, CultureInfo.InvariantCulture, out var count) && count > MaxRepeats));

    private static OptionPlace Place(int pass, string list, int index, OptionPair option) =>
        new($"job_options.options[{pass}].{list}[{index}]", pass + 1, option.Key);
}
