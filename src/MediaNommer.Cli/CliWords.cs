namespace MediaNommer.Cli;

/// <summary>Says in the words of the command line what messages say in those of the API.</summary>
internal static class CliWords
{
    private static readonly (string Api, string Cli)[] Remedies =
    [
        ("say if_exists: overwrite to replace it, or skip to keep it", "give --overwrite to replace it, or --if-exists skip to keep it"),
        ("say if_exists: overwrite", "give --overwrite"),
        ("Submit with allow_truncated to accept that", "Give --allow-truncated to accept that"),
    ];

    /// <summary>The message, or null when there is none.</summary>
    public static string? For(string? message) =>
        Remedies.Aggregate(message, (text, remedy) => text?.Replace(remedy.Api, remedy.Cli, StringComparison.Ordinal));
}
