namespace MediaNommer.Cli;

/// <summary>What the program's exit codes mean. Scripts lean on them.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The job failed, or what was asked for could not be done.</summary>
    public const int Failed = 1;

    public const int WrongUsage = 2;

    /// <summary>feederd or its backend is out of reach.</summary>
    public const int OutOfReach = 3;

    /// <summary>Ended by ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}

/// <summary>Ends the program with one line that names culprit and remedy.</summary>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;

    public static CliException Usage(string message) => new(ExitCodes.WrongUsage, message);

    public static CliException Failed(string message) => new(ExitCodes.Failed, message);
}
