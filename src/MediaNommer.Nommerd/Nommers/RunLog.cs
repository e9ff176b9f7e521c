namespace MediaNommer.Nommerd.Nommers;

/// <summary>
/// What the programs of a run have printed so far. A nommer says how to read it; the worker reads it while somebody
/// watches the job, and when the run is stopped before the nommer could hand its log over.
/// </summary>
public sealed class RunLog
{
    private volatile Func<string>? read;

    /// <summary>Says how to read the log. The function is called at any time, from any thread, until the run is over; one that throws reads as empty.</summary>
    public void Follow(Func<string> reader) => read = reader;

    /// <summary>What has been printed so far; empty while nothing has, or when the nommer cannot read it.</summary>
    public string Read()
    {
        try
        {
            return read?.Invoke() ?? "";
        }
        catch (Exception)
        {
            // Anybody's code. Its log matters less than the lease and the end of the run, which are written with it.
            return "";
        }
    }
}
