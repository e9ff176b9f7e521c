namespace MediaNommer.Feederd.Services;

/// <summary>How many local workers to keep alive, for who starts feederd to say.</summary>
/// <param name="workers">This many, whatever the workload; null: as many as the workload asks for.</param>
public sealed class FleetTarget(int? workers)
{
    /// <summary>
    /// This many, whatever the workload; null: as many as the workload asks for. Set to 0 while the system shuts down,
    /// so that no worker that leaves is replaced.
    /// </summary>
    public int? Workers { get; set; } = workers;
}

/// <summary>How a worker is started on this machine.</summary>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Its arguments. Other users of the machine can see them: no secrets.</param>
public sealed record LocalWorkerCommand(string FileName, IReadOnlyList<string> Arguments);
