using System.Diagnostics;
using MediaNommer.Backends.Sqlite;
using MediaNommer.Backends.Tests.Conformance;

namespace MediaNommer.Backends.Tests.Sqlite;

/// <summary>This assembly as a process of its own, which works on a data folder until it is killed.</summary>
internal sealed class WriterProcess : IDisposable
{
    private readonly Process process;

    public WriterProcess(string work, string folder, int firstJob = 0)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            ArgumentList = { "exec", typeof(WriterProcess).Assembly.Location, work, folder, $"{firstJob}" },
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) != "dotnet")
            start.FileName = "dotnet";
        process = Process.Start(start)!;
    }

    /// <summary>The next line that the process prints; null when it has ended.</summary>
    public Task<string?> ReadLineAsync() => process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Gives the process a line to work on.</summary>
    public Task WriteLineAsync(string line) => process.StandardInput.WriteLineAsync(line);

    /// <summary>SIGKILL, in the middle of whatever it does.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Lets it end in order.</summary>
    public async Task EndAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    /// <summary>What the process does: see the two cases.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (work, folder, first) = (args[0], args[1], int.Parse(args[2], null));
        switch (work)
        {
            case "create":
                var end = Task.Run(Console.In.ReadToEnd);
                using (var store = new SqliteJobStore(folder))
                    await Task.WhenAll(Enumerable.Range(0, 8).Select(i => CreateAsync(store, first + i, end)));
                return 0;
            case "send":
                using (var queue = new SqliteMessageQueue(folder, TimeProvider.System))
                    await SendAsync(queue);
                return 0;
            default:
                return 2;
        }
    }

    /// <summary>Creates jobs and prints the number of each one that is stored.</summary>
    private static async Task CreateAsync(SqliteJobStore store, int first, Task end)
    {
        for (var number = first; !end.IsCompleted; number += 8)
        {
            await store.CreateAsync(SampleJobs.Make(number).Accepted(), null, CancellationToken.None);
            lock (Console.Out)
                Console.Out.WriteLine(number);
        }
    }

    /// <summary>Sends each line that it is given as a message.</summary>
    private static async Task SendAsync(SqliteMessageQueue queue)
    {
        while (await Console.In.ReadLineAsync() is { } line)
            await queue.SendAsync("from afar", [line], TimeSpan.Zero, CancellationToken.None);
    }
}
