using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>
/// Lets only those options through with which ffmpeg reads nothing but its source and writes nothing but its output.
/// </summary>
public static partial class OptionGuard
{
    /// <summary>The most options that one list of a pass may hold.</summary>
    public const int MaxOptions = 500;

    /// <summary>The longest name of an option.</summary>
    public const int MaxKeyLength = 100;

    /// <summary>The longest value of an option.</summary>
    public const int MaxValueLength = 10_000;

    // Their values are text for people, which ffmpeg opens nowhere.
    private static readonly FrozenSet<string> TextKeys = FrozenSet.ToFrozenSet(["metadata"]);

    /// <summary>
    /// Makes options as a user wrote them ready to run: checks them, rewrites those of 2011, numbers two passes, and checks
    /// what came of it.
    /// </summary>
    /// <param name="options">The options as the user gave them.</param>
    /// <param name="ending">The file ending of the output without the dot; decides its format where no <c>f</c> does.</param>
    /// <param name="remarks">Takes one line for the job's history for each option that was changed.</param>
    /// <exception cref="JobRequestException">One is refused; says which, in which pass, why, and what is allowed.</exception>
    public static EncodeOptions Admit(EncodeOptions options, string ending, ICollection<string> remarks)
    {
        Check(options, beforeTranslation: true);
        var ready = PassNumbers.Complete(OptionTranslator.Translate(options, ending, remarks), remarks);
        Check(ready);
        return ready;
    }

    /// <summary>Looks at every option of every pass.</summary>
    /// <exception cref="JobRequestException">One is refused; says which, in which pass, why, and what is allowed.</exception>
    public static void Check(EncodeOptions options) => Check(options, beforeTranslation: false);

    /// <summary>
    /// The same for options as the user wrote them: those of 2011 that <see cref="OptionTranslator"/> replaces may
    /// still be among them.
    /// </summary>
    internal static void Check(EncodeOptions options, bool beforeTranslation)
    {
        if (options.Passes.Count is 0 or > EncodeOptions.MaxPasses)
            throw new JobRequestException(
                JobRequestErrors.BadInput, "job_options.options",
                $"job_options.options holds {options.Passes.Count} passes; one or two are possible.");
        for (var i = 0; i < options.Passes.Count; i++)
        {
            CheckList(i, "infile_options", options.Passes[i].InfileOptions, beforeTranslation);
            CheckList(i, "outfile_options", options.Passes[i].OutfileOptions, beforeTranslation);
            EndlessGuard.Check(i, options.Passes[i]);
        }

        CheckSubtitles(options);
        PassNumbers.Check(options);
    }

    /// <summary>
    /// The filter subtitles opens its file by itself, without the formats that a source may have. A source that was
    /// forced into a format (a playlist read as raw video) could so be opened as what it is, and name other files. Without
    /// such options both openings find the same format, and the first refuses it.
    /// </summary>
    private static void CheckSubtitles(EncodeOptions options)
    {
        if (!options.Passes.SelectMany(pass => pass.OutfileOptions).Any(UsesSubtitles))
            return;
        for (var i = 0; i < options.Passes.Count; i++)
        {
            var input = options.Passes[i].InfileOptions;
            for (var j = 0; j < input.Count; j++)
            {
                var place = new OptionPlace($"job_options.options[{i}].infile_options[{j}]", i + 1, input[j].Key);
                if (FfmpegFlags.BaseOf(place.Key) == "f" || place.Key.Contains("probe", StringComparison.Ordinal))
                    throw place.Forbidden("cannot be used together with the filter 'subtitles'; leave one of them out");
            }
        }
    }

    private static bool UsesSubtitles(OptionPair option) =>
        option.Value is { } graph && FilterGuard.IsGraph(option.Key) && FilterGuard.Uses(graph, "subtitles");

    private static void CheckList(int pass, string list, IReadOnlyList<OptionPair> options, bool beforeTranslation)
    {
        var field = $"job_options.options[{pass}].{list}";
        if (options.Count > MaxOptions)
            throw new JobRequestException(
                JobRequestErrors.BadOption, field, $"{field} holds {options.Count} options; at most {MaxOptions} are possible.");
        for (var i = 0; i < options.Count; i++)
        {
            var place = new OptionPlace($"{field}[{i}]", pass + 1, options[i].Key);
            CheckShape(place, options[i]);
            if (beforeTranslation && OptionTranslator.Replaces(options[i]))
                continue;
            CheckName(place);
            CheckFlag(place, options[i]);
            if (options[i].Value is { } value)
                CheckValue(place, value, isInput: list == "infile_options");
        }
    }

    private static void CheckShape(OptionPlace place, OptionPair option)
    {
        if (option.Key.Length is 0 or > MaxKeyLength)
            throw place.Bad($"has a name of {option.Key.Length} characters; 1 to {MaxKeyLength} are possible");
        if (option.Key[0] == '-')
            throw place.Bad($"begins with a dash; write it without the dash, as '{place.Shown.TrimStart('-')}'");
        if (!Key().IsMatch(option.Key))
            throw place.Bad("is no name of an option; a name is made of letters, digits and _ - . : after a first letter");
        if (option.Value is not { } value)
            return;
        if (value.Length > MaxValueLength)
            throw place.Bad($"has a value of {value.Length} characters; at most {MaxValueLength} are possible");
        if (value.Any(letter => char.IsControl(letter) && !(letter == '\n' && CanSpanLines(option.Key))))
            throw place.Bad("has a line break or another control character in its value; take it out");
    }

    private static void CheckName(OptionPlace place)
    {
        if (RefusedOptions.ReasonFor(place.Key) is { } reason)
            throw place.Forbidden(reason);
    }

    private static void CheckFlag(OptionPlace place, OptionPair option)
    {
        if (FfmpegFlags.IsOffOnly(option.Key))
            throw place.Bad($"is on unless 'no{option.Key}' (with null) switches it off; leave it out or write that");
        if (FfmpegFlags.RefusesSpecifier(option.Key))
            throw place.Bad($"is for the whole file; write '{FfmpegFlags.BaseOf(option.Key)}'");
        var isFlag = FfmpegFlags.IsFlag(option.Key);
        if (isFlag && option.Value is not null)
            throw place.Bad($"stands alone and takes no value; write [\"{option.Key}\", null]");
        if (!isFlag && option.Value is null)
            throw place.Bad($"needs a value; write [\"{option.Key}\", \"value\"]");
    }

    private static void CheckValue(OptionPlace place, string value, bool isInput)
    {
        var name = FfmpegFlags.BaseOf(place.Key);
        if (TextKeys.Contains(name))
            return;
        if (ValueGuard.ExamineThreads(name, value) is { } tooMany)
            throw place.Bad(tooMany);
        var refusal = ValueGuard.Examine(value);
        if (name == "f")
            refusal ??= ExamineFormat(value, isInput);
        if (FilterGuard.IsGraph(name))
            refusal ??= FilterGuard.Examine(value);
        if (name.EndsWith("params", StringComparison.Ordinal) || name.EndsWith("opts", StringComparison.Ordinal))
            refusal ??= ValueGuard.ExamineEncoderSettings(value);
        if (refusal is not null)
            throw place.Forbidden(refusal);
    }

    private static string? ExamineFormat(string format, bool isInput)
    {
        var allowed = isInput ? FfmpegFormats.Demuxers : FfmpegFormats.Muxers;
        if (allowed.Contains(format))
            return null;
        return isInput
            ? $"asks for the input format '{RequestJson.Printable(format)}', which is unknown or opens more than the source"
            : $"asks for the format '{RequestJson.Printable(format)}', which is unknown or writes more than one file; "
                + $"possible: {string.Join(", ", allowed.Order(StringComparer.Ordinal))}";
    }

    private static bool CanSpanLines(string key) =>
        FfmpegFlags.BaseOf(key) is var name && (TextKeys.Contains(name) || FilterGuard.IsGraph(name));

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_:.-]*\z")]
    private static partial Regex Key();
}
