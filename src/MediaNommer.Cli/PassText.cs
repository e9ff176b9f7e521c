using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary>A pass as ffmpeg's command line would have it.</summary>
internal static class PassText
{
    public static string Of(PassResponse pass) => string.Join(' ', [
        .. Words(pass.InfileOptions), "-i SOURCE", .. Words(pass.OutfileOptions),
        .. pass.MoveAtomToFront ? ["-movflags +faststart"] : Array.Empty<string>(), "OUTPUT",
    ]);

    private static IEnumerable<string> Words(IEnumerable<IReadOnlyList<string?>> options) =>
        options.Select(option => option[1] is { } value ? $"-{option[0]} {Quote(value)}" : $"-{option[0]}");

    private static string Quote(string value) =>
        value.Length > 0 && value.All(sign => char.IsAsciiLetterOrDigit(sign) || "-_=+:,./@%".Contains(sign, StringComparison.Ordinal))
            ? value
            : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
