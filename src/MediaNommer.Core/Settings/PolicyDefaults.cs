namespace MediaNommer.Core.Settings;

/// <summary>
/// The original's numbers suit machines that are billed by the hour. Policy Backlog has others, found by simulation
/// (bench/RESULTS.md); what somebody gives rules all the same.
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

    /// <summary>Puts them in place of what was not given.</summary>
    /// <param name="options">The settings, all sources merged.</param>
    /// <param name="isGiven">True for a key that a source gave.</param>
    public static void Apply(NommerOptions options, Func<string, bool> isGiven)
    {
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
    /// The defaults, but what a policy has its own for is made different from what the options hold: left out of a file,
    /// it would be read as the policy's.
    /// </summary>
    public static NommerOptions Unlike(NommerOptions options)
    {
        var usual = new NommerOptions();
        if (options.Scaling.Policy == ScalingOptions.Backlog)
        {
            (usual.Nommerd.MaxInactivity, usual.Nommerd.SurplusInactivity) = (-1, -1);
            usual.Scaling.MaxNumEc2Instances = -1;
        }

        return usual;
    }
}
