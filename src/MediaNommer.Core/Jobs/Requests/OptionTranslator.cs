using System.Collections.Frozen;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>
/// Rewrites options of ffmpeg as it was in 2011 into what today's understands, with a remark for each. Options that
/// still work are left as they are.
/// </summary>
public static class OptionTranslator
{
    // Flags of 2011 that no longer exist and the preset files that ffmpeg no longer brings along: what OptionGuard
    // would refuse if they were not replaced.
    private static readonly FrozenSet<string> OldFlags = FrozenSet.ToFrozenSet(
    [
        "sameq", "same_quant", "newaudio", "newvideo", "newsubtitle", "deinterlace", "intra", "isync", "loop_input",
    ]);

    /// <summary>Translates every pass.</summary>
    /// <param name="options">The options as the user gave them.</param>
    /// <param name="ending">The file ending of the output without the dot; decides its format where no <c>f</c> does.</param>
    /// <param name="remarks">Takes one line for the job's history for each option that was changed.</param>
    /// <exception cref="JobRequestException">An option of 2011 has a value that means nothing.</exception>
    public static EncodeOptions Translate(EncodeOptions options, string ending, ICollection<string> remarks)
    {
        var passes = options.Passes
            .Select((pass, index) => new PassTranslation(pass, index, options.Passes.Count, ending).Translate(remarks));
        return options with { Passes = [.. passes] };
    }

    /// <summary>True for options that are certain to be gone after translation.</summary>
    internal static bool Replaces(OptionPair option) =>
        option.Value is null ? OldFlags.Contains(option.Key) : option.Key == "vpre";
}
