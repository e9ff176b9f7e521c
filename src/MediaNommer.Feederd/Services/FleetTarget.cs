namespace MediaNommer.Feederd.Services;

/// <summary>How many workers to keep.</summary>
/// <param name="Workers">This many, whatever the workload; null: as many as the workload asks for.</param>
public sealed record FleetTarget(int? Workers);

/// <summary>How a worker is started on this machine.</summary>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Its arguments. Other users of the machine can see them: no secrets.</param>
public sealed record LocalWorkerCommand(string FileName, IReadOnlyList<string> Arguments);
