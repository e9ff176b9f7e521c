using System.Globalization;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Shares the processors out among the runs of a worker: a run gets them divided by the number of runs at work when it
/// starts. One alone has them all, and keeps them; where all slots are busy all the time, each run gets its even share.
/// </summary>
/// <param name="fixedThreads">Threads of every run as the settings say; 0: as above.</param>
/// <param name="processors">How many processors there are.</param>
internal sealed class ThreadBudget(int fixedThreads, int processors)
{
    private int running;

    /// <summary>Takes a share until the run is over.</summary>
    public Share Take()
    {
        var runs = Interlocked.Increment(ref running);
        var threads = fixedThreads > 0 ? fixedThreads
            : runs == 1 ? 0
            : (processors + runs - 1) / runs;
        return new Share(this, threads);
    }

    /// <summary>The same pass with its threads limited where the job says nothing about them.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="threads">How many threads each part of it gets; 0: as many as it likes.</param>
    public static EncodePass Apply(EncodePass pass, int threads)
    {
        if (threads == 0)
            return pass;
        var count = threads.ToString(CultureInfo.InvariantCulture);
        List<OptionPair> infile = [.. pass.InfileOptions];
        List<OptionPair> outfile = [.. pass.OutfileOptions];
        var asked = infile.Concat(outfile).Select(NameOf).ToHashSet(StringComparer.Ordinal);
        infile.AddRange(new[] { "filter_threads", "filter_complex_threads" }
            .Where(name => !asked.Contains(name))
            .Select(name => new OptionPair(name, count)));
        if (!pass.InfileOptions.Any(option => NameOf(option) == "threads"))
            infile.Add(new("threads", count));
        if (pass.OutfileOptions.Any(option => NameOf(option) == "threads"))
            return pass with { InfileOptions = infile };
        outfile.Add(new("threads", count));
        if (UsesEncoder(outfile, "libx265", "hevc", "h265"))
            AddParameter(outfile, "x265-params", "pools", count);
        if (UsesEncoder(outfile, "libsvtav1"))
            AddParameter(outfile, "svtav1-params", "lp", count);
        return pass with { InfileOptions = infile, OutfileOptions = outfile };
    }

    private static bool UsesEncoder(List<OptionPair> options, params string[] encoders) =>
        options.Exists(option => NameOf(option) is "c" or "codec" or "vcodec" && encoders.Contains(option.Value));

    /// <summary>These encoders have pools of their own, which the option threads does not reach.</summary>
    private static void AddParameter(List<OptionPair> options, string option, string name, string value)
    {
        var at = options.FindLastIndex(each => NameOf(each) == option);
        if (at < 0)
            options.Add(new(option, $"{name}={value}"));
        else if (!(options[at].Value ?? "").Split(':').Any(part => part.Split('=')[0] == name))
            options[at] = options[at] with { Value = $"{options[at].Value}:{name}={value}" };
    }

    private static string NameOf(OptionPair option) => option.Key.Split(':')[0];

    /// <summary>A run's share.</summary>
    /// <param name="owner">Where it came from.</param>
    /// <param name="threads">How many threads; 0: as many as ffmpeg likes.</param>
    internal sealed class Share(ThreadBudget owner, int threads) : IDisposable
    {
        /// <summary>How many threads; 0: as many as ffmpeg likes.</summary>
        public int Threads { get; } = threads;

        /// <inheritdoc/>
        public void Dispose() => Interlocked.Decrement(ref owner.running);
    }
}
