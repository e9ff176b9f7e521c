using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using MediaNommer.Backends.Aws;

namespace MediaNommer.Cli;

/// <summary>What the commands below <c>nommer aws</c> have in common.</summary>
internal static partial class AwsSteps
{
    private const string S3 = "s3://";

    public static Argument<string[]> MediaBuckets() => new("bucket")
    {
        Description = "Buckets of your media, which workers read sources from and write outputs to.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
        CustomParser = ReadBuckets,
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

    // Addresses of whole buckets are read as their names.
    private static string[] ReadBuckets(ArgumentResult result)
    {
        var names = new List<string>();
        foreach (var given in result.Tokens.Select(token => token.Value))
        {
            var name = given.StartsWith(S3, StringComparison.OrdinalIgnoreCase) ? given[S3.Length..].TrimEnd('/') : given;
            if (BucketName().IsMatch(name))
                names.Add(name);
            else
                result.AddError($"'{WithoutKeys(given)}' cannot be the name of a bucket: S3 wants 3 to 63 lower-case letters, digits, "
                    + "dots and hyphens, with a letter or digit at both ends. One looks like example-com-movies.");
        }

        return [.. names];
    }

    private static string WithoutKeys(string given) => given.LastIndexOf('@') is >= 0 and var at ? $"…{given[at..]}" : given;

    // Stricter than addresses of media, which may lead to old buckets and to other stores than Amazon's.
    [GeneratedRegex(@"^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z")]
    private static partial Regex BucketName();
}
