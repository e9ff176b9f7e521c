using MediaNommer.Core.Ffmpeg;
using MediaNommer.Nommerd.Ffmpeg;
using MediaNommer.Nommerd.Nommers;

namespace MediaNommer.Nommerd.Presets;

/// <summary>Makes a job's options fit its source. Options that a user wrote out are run as written, with no look at the source.</summary>
/// <param name="prober">Looks at sources.</param>
internal sealed class PresetPreparation(SourceProber prober)
{
    /// <summary>Prepares a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="forceful">Ends the look at the source.</param>
    /// <returns>The task to run, lines for the history, and why it cannot be run, or null.</returns>
    public async Task<(NommerTask Task, IReadOnlyList<string> Notes, FfmpegError? Refusal)> PrepareAsync(
        NommerTask task, CancellationToken forceful)
    {
        if (task.Options.Intent is null)
            return (task, [], null);
        var (source, error) = await prober
            .ProbeAsync(task.WorkFolder, Path.GetFileName(task.SourcePath), forceful).ConfigureAwait(false);
        if (source is null)
            return (task, [], error);
        task.OnSource(ProbedSource.FactsOf(source));
        var plan = PresetPlan.For(task.Options, source, task.OutputPath, task.KeepMetadata);
        var refusal = plan.Refusal is null ? null : new FfmpegError(plan.Refusal);
        return (task with { Options = plan.Options }, plan.Notes, refusal);
    }
}
