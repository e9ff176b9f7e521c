namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Tells a program that was killed from one that failed. What kills it (the kernel for lack of memory, an operator, a
/// limit, a crash) says nothing certain about the media, so another run may succeed.
/// </summary>
internal static class ProcessDeath
{
    /// <summary>ffmpeg asked to end by a signal cleans up and ends with this code.</summary>
    private const int FfmpegInterrupted = 255;

    /// <summary>ffmpeg's code after more than three signals.</summary>
    private const int FfmpegHardStop = 123;

    /// <summary>The others are not mistaken for ffmpeg's own codes, which it makes of its errors' numbers.</summary>
    private static readonly int[] FatalSignals = [1, 2, 3, 4, 6, 7, 8, 9, 11, 15, 24, 25];

    /// <summary>How it died, without the last full stop; null when it ended by itself.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="end">How it ended.</param>
    public static string? Explain(string name, ProcessEnd end) => end switch
    {
        { StartError: { } reason } => $"{name} could not be started: {reason}",
        { Breach: { } breach } => $"{name} {breach} and was ended",
        { Signal: { } signal } => ExplainSignal(name, signal),
        // A shell or a launcher in between gives the signal on as 128 and its number.
        { ExitCode: { } code } when FatalSignals.Contains(code - 128) => ExplainSignal(name, code - 128),
        { ExitCode: FfmpegInterrupted or FfmpegHardStop } when SignalIn(end.Log) is { } signal => ExplainSignal(name, signal),
        _ => null,
    };

    private static string ExplainSignal(string name, int signal) => signal switch
    {
        Posix.SigKill => $"{name} was ended by signal 9 (SIGKILL); most likely the machine ran out of memory",
        1 or Posix.SigInt or 3 or Posix.SigTerm => $"{name} was ended by signal {signal}{SignalName(signal)} from outside",
        24 => $"{name} was ended by signal 24 (SIGXCPU): it used up its limit of processor time",
        25 => $"{name} was ended by signal 25 (SIGXFSZ): its output grew beyond the limit of a file's size",
        4 or 6 or 7 or 8 or 11 => $"{name} was ended by signal {signal}{SignalName(signal)}: it crashed",
        _ => $"{name} was ended by signal {signal}",
    };

    private static string SignalName(int signal) => signal switch
    {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        3 => " (SIGQUIT)",
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    };

    private static int? SignalIn(string log)
    {
        const string Words = "Exiting normally, received signal ";
        var at = log.LastIndexOf(Words, StringComparison.Ordinal);
        if (at < 0)
            return log.Contains("system signals, hard exiting", StringComparison.Ordinal) ? Posix.SigTerm : null;
        var digits = log.AsSpan(at + Words.Length);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], out var signal) ? signal : null;
    }
}
