namespace MediaNommer.Bench.Fleet;

/// <summary>One job of a simulated workload; times in seconds since its begin.</summary>
internal sealed class SimulatedJob(double arrival, double seconds, double forecastError)
{
    public double Arrival => arrival;

    /// <summary>How long it holds a slot.</summary>
    public double Seconds => seconds;

    /// <summary>When a machine took it.</summary>
    public double Start { get; set; }

    public double End => Start + seconds;

    /// <summary>What a worker would say of the time that is left: right but for some percent.</summary>
    public double SecondsLeftAt(double now) => Math.Max(0, End - now) * forecastError;
}
