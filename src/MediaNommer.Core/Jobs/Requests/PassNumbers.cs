namespace MediaNommer.Core.Jobs.Requests;

/// <summary>The <c>pass</c> option: two passes need the numbers 1 and 2, a single pass needs none.</summary>
internal static class PassNumbers
{
    /// <summary>Refuses numbers that do not fit the passes.</summary>
    /// <exception cref="JobRequestException">A number is out of place.</exception>
    public static void Check(EncodeOptions options)
    {
        for (var i = 0; i < options.Passes.Count; i++)
        {
            var wanted = options.Passes.Count == 1 ? null : (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var list = options.Passes[i].OutfileOptions;
            for (var j = 0; j < list.Count; j++)
            {
                if (!IsPass(list[j]) || list[j].Value == wanted || (i == 1 && list[j].Value == "3"))
                    continue;
                var place = new OptionPlace($"job_options.options[{i}].outfile_options[{j}]", i + 1, list[j].Key);
                throw place.Bad(wanted is null
                    ? "needs a second pass; leave it out, or give two passes in job_options.options"
                    : $"is '{RequestJson.Printable(list[j].Value ?? "null")}' and must be '{wanted}' here");
            }
        }
    }

    /// <summary>Adds the numbers that were left out where two passes are asked for.</summary>
    public static EncodeOptions Complete(EncodeOptions options, ICollection<string> remarks)
    {
        if (options.Passes.Count != 2)
            return options;
        var passes = options.Passes.ToArray();
        for (var i = 0; i < passes.Length; i++)
        {
            if (passes[i].OutfileOptions.Any(IsPass))
                continue;
            var number = new OptionPair("pass", i == 0 ? "1" : "2");
            passes[i] = passes[i] with { OutfileOptions = [.. passes[i].OutfileOptions, number] };
            remarks.Add($"Added pass={number.Value} to pass {number.Value}, which did not say it.");
        }

        return options with { Passes = passes };
    }

    private static bool IsPass(OptionPair option) => FfmpegFlags.BaseOf(option.Key) == "pass";
}
