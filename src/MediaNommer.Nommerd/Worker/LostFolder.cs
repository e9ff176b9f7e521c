using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Worker;

/// <summary>Notices that somebody took a run's folder away: what a program then said of the source is not true.</summary>
internal static class LostFolder
{
    /// <summary>The result of a run, with the true cause where its folder is gone.</summary>
    /// <param name="result">As the run itself sees it.</param>
    /// <param name="source">The source in the work folder, a file or a link, or null before it was there.</param>
    public static RunResult OrAsIs(RunResult result, string? source)
    {
        if (result.Outcome != RunOutcome.Failed || source is null || new FileInfo(source) is { Exists: true } or { LinkTarget: not null })
            return result;
        return result with
        {
            IsTransient = true,
            Message = $"The work folder {Path.GetDirectoryName(source)} vanished while the run was at work. Do other machines, "
                + "or a clean-up of old files, share its disk? Workers of each machine should have a folder of their own "
                + "(Nommerd:WorkDir).",
        };
    }
}
