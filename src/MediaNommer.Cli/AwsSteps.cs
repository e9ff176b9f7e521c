using System.CommandLine;
using MediaNommer.Backends.Aws;

namespace MediaNommer.Cli;

/// <summary>What the commands below <c>nommer aws</c> have in common.</summary>
internal static class AwsSteps
{
    public static Argument<string[]> MediaBuckets() => new("bucket")
    {
        Description = "Buckets of your media, which workers read sources from and write outputs to.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };

    /// <summary>Shows each step as it is done, or all of them as JSON at the end.</summary>
    /// <returns>Whether all went well.</returns>
    public static async Task<bool> ShowAsync(IAsyncEnumerable<AwsStep> steps, bool json, CancellationToken cancellation)
    {
        var checks = new List<DoctorCheck>();
        await foreach (var step in steps.WithCancellation(cancellation))
        {
            checks.Add(new DoctorCheck(step.Name, step.Ok, step.Message, step.Remedy));
            if (!json)
                CheckLine.Write(checks[^1], width: 28);
        }

        var ok = checks.All(check => check.Ok);
        if (json)
            Shared.WriteJson(new DoctorReport(ok, checks), CliJson.Default.DoctorReport);
        return ok;
    }
}
