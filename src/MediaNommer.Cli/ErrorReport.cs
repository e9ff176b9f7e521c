using MediaNommer.Client;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary>Turns what went wrong into one line for people and an exit code for scripts.</summary>
internal static class ErrorReport
{
    /// <summary>Writes the line to standard error.</summary>
    /// <returns>The exit code.</returns>
    public static int Write(Exception error)
    {
        if (error is SettingsException { Errors: var errors })
        {
            foreach (var line in errors)
                Console.Error.WriteLine($"nommer: {line}");
            return ExitCodes.WrongUsage;
        }

        var (code, message) = Describe(error);
        Console.Error.WriteLine($"nommer: {PrintableWriter.Clean(message.ReplaceLineEndings(" "))}");
        return code;
    }

    private static (int Code, string Message) Describe(Exception error) => error switch
    {
        CliException known => (known.ExitCode, known.Message),
        OperationCanceledException => (ExitCodes.Interrupted, "interrupted."),
        NommerApiException { Status: 401 } => (
            ExitCodes.WrongUsage,
            "feederd asks for one of its API keys, and none or another was given; give it with --api-key or, better, in the "
            + $"variable {ClientArguments.ApiKeyVariable}. The setting Feederd:ApiKeys holds them."),
        NommerApiException refused => (CodeFor(refused.Status), CliWords.For(refused.Message)!),
        NommerUnreachableException or BackendUnavailableException => (ExitCodes.OutOfReach, error.Message),
        UnauthorizedAccessException => (ExitCodes.Failed, $"{error.Message} Check the owner and mode of that path."),
        IOException => (ExitCodes.Failed, error.Message),
        _ => (ExitCodes.Failed, $"{error.Message} (unexpected {error.GetType().Name}; please report it)"),
    };

    private static int CodeFor(int status) => status switch
    {
        400 or 401 or 403 or 413 or 422 => ExitCodes.WrongUsage,
        >= 500 => ExitCodes.OutOfReach,
        _ => ExitCodes.Failed,
    };
}
