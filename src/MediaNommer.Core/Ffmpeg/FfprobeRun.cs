using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Ffmpeg;

/// <summary>
/// Runs ffprobe on a file that anybody may have made: it may open nothing else, and gets little memory, time and room to
/// print.
/// </summary>
internal sealed partial class FfprobeRun(string program, string folder)
{
    private const int MostText = 256 << 10;
    private const int NotFound = 127;
    private const int NotExecutable = 126;
    private const string Limits = "ulimit -d 2097152; ulimit -t 20; ulimit -c 0; exec \"$@\"";

    /// <summary>Has ffprobe report on a file.</summary>
    /// <returns>What it printed, and why it failed, or null.</returns>
    /// <exception cref="MediaStorageException">It could not be run.</exception>
    public async Task<(string Log, string? Why)> ReportAsync(string name, CancellationToken cancellation)
    {
        using var process = Start(name);
        try
        {
            var log = await ReadAsync(process.StandardError, cancellation);
            if (log.Length >= MostText)
                return (log, "ffprobe complains about it without end");
            await process.WaitForExitAsync(cancellation);
            return (log, Explain(process.ExitCode, log, name));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private Process Start(string name)
    {
        // A relative path is meant from where this program runs.
        var resolved = program.Contains('/') ? Path.GetFullPath(program) : program;
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c", Limits, "sh", resolved, "-hide_banner", "-loglevel", "level+info", "-max_alloc", "1073741824", "-threads", "1",
                "-protocol_whitelist", "file",
                "-format_whitelist", string.Join(',', FfmpegFormats.Demuxers.Order(StringComparer.Ordinal)), $"file:{name}",
            ])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // No secret of ours is any business of ffprobe's.
        var path = start.Environment["PATH"];
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            process.StandardOutput.Close();
            return process;
        }
        catch (Win32Exception e)
        {
            throw NotRun(e.Message);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while (text.Length < MostText && (count = await reader.ReadAsync(buffer, cancellation)) > 0)
            text.Append(buffer, 0, count);
        return text.ToString();
    }

    private string? Explain(int exitCode, string log, string name)
    {
        if (exitCode == 0)
            return null;
        if (exitCode is NotFound or NotExecutable)
            throw NotRun(exitCode == NotFound ? "it was not found" : "it may not be executed");
        if (exitCode > 128)
            return $"ffprobe was ended by signal {exitCode - 128}, as when a file asks for too much memory or time";
        var errors = ErrorLine().Matches(log).Select(match => match.Groups[1].Value.Replace($"file:{name}: ", "", StringComparison.Ordinal).TrimEnd('.'))
            .Distinct().TakeLast(2).ToList();
        return errors.Count == 0 ? "ffprobe gave no reason" : string.Join("; ", errors);
    }

    private MediaStorageException NotRun(string why) => new(
        MediaStorageErrors.TransferFailed,
        $"ffprobe could not be run as '{program}': {why}. Install it (apt-get install ffmpeg), or set Ffmpeg:FfprobePath.",
        isTransient: true);

    [GeneratedRegex(@"^(?:\[[^\]]* @ 0x[0-9a-f]+\] )?\[(?:error|fatal)\] (.*)$", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();
}
