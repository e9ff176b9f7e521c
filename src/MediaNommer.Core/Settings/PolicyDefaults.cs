namespace MediaNommer.Core.Settings;

/// <summary>
/// Defaults that hang on other settings; what somebody gives rules all the same. The original's numbers suit machines that
/// are billed by the hour: policy Backlog has others, found by simulation (bench/RESULTS.md). And on Aws every look costs.
/// </summary>
internal static class PolicyDefaults
{
    /// <summary>Idle seconds of the last worker under policy Backlog.</summary>
    public const double BacklogInactivity = 120;

    /// <summary>Idle seconds of the other workers under policy Backlog.</summary>
    public const double BacklogSurplusInactivity = 15;

    /// <summary>
    /// The most machines under policy Backlog on Aws. Above it a burst costs more than under the original's rule: each
    /// machine has to boot.
    /// </summary>
    public const int BacklogMachines = 12;

    /// <summary>Seconds between two writes of a job's progress on Aws: no more often than the lease is extended.</summary>
    public const double AwsProgressInterval = 15;

    /// <summary>Seconds between two sweeps on Aws: what returns by itself returns within a lease all the same.</summary>
    public const double AwsSweepInterval = 15;

    /// <summary>Puts them in place of what was not given.</summary>
    /// <param name="options">The settings, all sources merged.</param>
    /// <param name="isGiven">True for a key that a source gave.</param>
    public static void Apply(NommerOptions options, Func<string, bool> isGiven)
    {
        if (options.Backend == "Aws" && !isGiven("Nommerd:ProgressInterval"))
            options.Nommerd.ProgressInterval = AwsProgressInterval;
        if (options.Backend == "Aws" && !isGiven("Feederd:SweepInterval"))
            options.Feederd.SweepInterval = AwsSweepInterval;
        if (options.Scaling.Policy != ScalingOptions.Backlog)
            return;
        if (!isGiven("Nommerd:MaxInactivity"))
        {
            options.Nommerd.MaxInactivity = BacklogInactivity;
            if (!isGiven("Nommerd:SurplusInactivity"))
                options.Nommerd.SurplusInactivity = BacklogSurplusInactivity;
        }

        if (options.Backend == "Aws" && !isGiven("Scaling:MaxNumEc2Instances"))
            options.Scaling.MaxNumEc2Instances = BacklogMachines;
    }

    /// <summary>
    /// The defaults, but what has others here is made different from what the options hold: left out of a file, it would be
    /// read as those.
    /// </summary>
    public static NommerOptions Unlike(NommerOptions options)
    {
        var usual = new NommerOptions();
        if (options.Scaling.Policy == ScalingOptions.Backlog)
        {
            (usual.Nommerd.MaxInactivity, usual.Nommerd.SurplusInactivity) = (-1, -1);
            usual.Scaling.MaxNumEc2Instances = -1;
        }

        if (options.Backend == "Aws")
            (usual.Nommerd.ProgressInterval, usual.Feederd.SweepInterval) = (-1, -1);
        return usual;
    }
}
