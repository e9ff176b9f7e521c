using System.Diagnostics;
using System.Text;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>The program, started as a user starts it: by the launcher at the root of the repository.</summary>
internal sealed class NommerProcess : IDisposable
{
    private static readonly Lazy<int> Built = new(() => Run("--version"));

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();
    private readonly Task reading;

    private NommerProcess(Process process)
    {
        this.process = process;
        reading = Task.WhenAll(Collect(process.StandardOutput, output), Collect(process.StandardError, errors));
    }

    public static string RepositoryRoot { get; } = FindRoot();

    public static string Launcher => Path.Combine(RepositoryRoot, "nommer");

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>What it has printed so far.</summary>
    public string Output => Text(output);

    /// <summary>What it has printed on standard error so far.</summary>
    public string Errors => Text(errors);

    /// <summary>Has the launcher build, once, what it would otherwise build while a test waits for something else.</summary>
    public static void EnsureBuilt() => _ = Built.Value;

    public static NommerProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string folder,
        string? program = null)
    {
        var start = new ProcessStartInfo(program ?? Launcher, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var inherited in start.Environment.Keys.Where(key => key.StartsWith("NOMMER_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(inherited);
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        var process = Process.Start(start)!;
        // Nobody types: a command that asks something must notice.
        process.StandardInput.Close();
        return new NommerProcess(process);
    }

    /// <summary>Waits for the end of the program.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitAsync(TimeSpan? patience = null)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience ?? Until.Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{this} did not end.");
        }

        await reading;
        return process.ExitCode;
    }

    public void Signal(int signal) => Signals.Send(Id, signal);

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    public override string ToString() =>
        $"nommer {string.Join(' ', process.StartInfo.ArgumentList)}\n--- output\n{Output}\n--- errors\n{Errors}";

    private static int Run(string argument)
    {
        using var build = Process.Start(new ProcessStartInfo(Launcher, [argument]) { RedirectStandardOutput = true })!;
        build.WaitForExit();
        return build.ExitCode;
    }

    private static async Task Collect(StreamReader reader, StringBuilder into)
    {
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            lock (into)
                into.Append(buffer, 0, count);
        }
    }

    private static string Text(StringBuilder collected)
    {
        lock (collected)
            return collected.ToString();
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MediaNommer.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
