using System.Globalization;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>One running process, as /proc shows it.</summary>
internal sealed record ProcessEntry(int Id, string Name, string CommandLine);

/// <summary>Finds the processes that belong to a test, whoever their parent is by now.</summary>
internal static class ProcessTable
{
    /// <summary>Living processes that were started with the text in their environment or arguments, or work below that folder.</summary>
    public static IReadOnlyList<ProcessEntry> Find(string mark) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => Read(int.Parse(name!, CultureInfo.InvariantCulture), mark))
            .OfType<ProcessEntry>(),
    ];

    /// <summary>Living processes that a process has started itself.</summary>
    public static IReadOnlyList<ProcessEntry> ChildrenOf(int parent) =>
    [
        .. Find("").Where(process => ParentOf(process.Id) == parent),
    ];

    private static int? ParentOf(int id)
    {
        var path = $"/proc/{id}/stat";
        return File.Exists(path) ? int.Parse(File.ReadAllText(path).Split(") ")[^1].Split(' ')[1], CultureInfo.InvariantCulture) : null;
    }

    private static ProcessEntry? Read(int id, string mark)
    {
        if (id == Environment.ProcessId)
            return null;
        try
        {
            var folder = $"/proc/{id}";
            var status = File.ReadAllText($"{folder}/stat");
            var state = status[(status.LastIndexOf(')') + 2)..][0];
            if (state is 'Z' or 'X')
                return null;
            var arguments = File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ');
            var belongs = arguments.Contains(mark, StringComparison.Ordinal)
                || File.ReadAllText($"{folder}/environ").Contains(mark, StringComparison.Ordinal)
                || (Directory.ResolveLinkTarget($"{folder}/cwd", returnFinalTarget: false)?.FullName ?? "").StartsWith(mark, StringComparison.Ordinal);
            return belongs ? new ProcessEntry(id, File.ReadAllText($"{folder}/comm").Trim(), arguments) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return null;
        }
    }
}
