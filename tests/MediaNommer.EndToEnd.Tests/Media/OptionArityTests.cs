using System.Diagnostics;
using System.Text.RegularExpressions;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>
/// ffmpeg takes what stands behind a flag for the name of an output file. Asks the ffmpeg at hand which of its options
/// are flags, and holds the guard to it.
/// </summary>
public partial class OptionArityTests
{
    // ffmpeg ends with these, or begins to write files, before it looks at what comes behind.
    private static readonly string[] NotAsked = ["i", "h", "?", "help", "-help", "sources", "sinks", "progress", "report", "vstats"];

    [Fact]
    public async Task The_guard_lets_no_value_stand_behind_a_flag_and_no_other_option_without_a_value()
    {
        var names = OptionName().Matches(MainOptions(Clips.Run("ffmpeg", Path.GetTempPath(), ["-hide_banner", "-h", "long"])))
            .Select(match => match.Groups[1].Value).Distinct().Except(NotAsked).ToList();
        names.Count.ShouldBeGreaterThan(50);

        var wrong = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (name, cancellation) =>
        {
            var isFlag = await IsFlagAsync(name, cancellation);
            if (Passes(name, isFlag ? "zz" : null))
                wrong.Add(isFlag ? $"{name} is a flag" : $"{name} takes a value");
        });

        wrong.ShouldBeEmpty();
    }

    private static bool Passes(string name, string? value)
    {
        try
        {
            OptionGuard.Check(new EncodeOptions { Passes = [new EncodePass { OutfileOptions = [new OptionPair(name, value)] }] });
            return true;
        }
        catch (JobRequestException)
        {
            return false;
        }
    }

    private static async Task<bool> IsFlagAsync(string name, CancellationToken cancellation) =>
        TookForOutput().IsMatch(await ErrorsAsync(
            ["-f", "lavfi", "-i", "color=d=0.04", $"-{name}", "zz", "-t", "0.04", "-f", "null", "-"], cancellation));

    private static async Task<string> ErrorsAsync(IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("ffmpeg", ["-hide_banner", "-nostdin", .. arguments])
        {
            WorkingDirectory = Path.GetTempPath(), RedirectStandardError = true, RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = await process.StandardError.ReadToEndAsync(cancellation);
        await output;
        await process.WaitForExitAsync(cancellation);
        return errors;
    }

    private static string MainOptions(string help) => help.Split("AVOptions:")[0];

    // Without a word for its value in the help; of the others only these two are flags all the same.
    [GeneratedRegex("^-([a-z_0-9]+)(?: error| hide_banner)?  +", RegexOptions.Multiline)]
    private static partial Regex OptionName();

    [GeneratedRegex("output format for 'zz'|output (?:url|file) zz")]
    private static partial Regex TookForOutput();
}
