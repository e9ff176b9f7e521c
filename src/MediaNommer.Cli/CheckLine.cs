namespace MediaNommer.Cli;

/// <summary>What one look found.</summary>
internal sealed record DoctorCheck(string Name, bool Ok, string Message, string? Remedy = null);

/// <summary>Shows what looks found, for people.</summary>
internal static class CheckLine
{
    /// <summary>Shows one.</summary>
    /// <param name="check">What was found.</param>
    /// <param name="width">Room for the name, in characters.</param>
    public static void Write(DoctorCheck check, int width)
    {
        var colours = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;
        var sign = (check.Ok, colours) switch
        {
            (true, true) => "\e[32m✓\e[0m",
            (false, true) => "\e[31m✗\e[0m",
            (true, false) => "✓",
            _ => "✗",
        };
        Console.WriteLine($"{sign} {check.Name.PadRight(width)} {check.Message}");
        if (check.Remedy is not null)
            Console.WriteLine($"{new string(' ', width + 3)}→ {check.Remedy}");
    }
}
