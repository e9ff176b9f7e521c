using System.ComponentModel.DataAnnotations;

namespace MediaNommer.Core.Settings;

/// <summary>Settings of the fleet's size.</summary>
public sealed class ScalingOptions
{
    /// <summary>The policy of the original.</summary>
    public const string Classic = "Classic";

    /// <summary>The policy for machines that are billed by the second.</summary>
    public const string Backlog = "Backlog";

    /// <summary>Which rule decides how many workers are launched.</summary>
    [Setting("Which rule decides how many workers are launched. Classic, the original's: by the number of unfinished jobs. "
        + "Backlog: so many that everything is done within Scaling:TargetMinutes, for machines that are billed by the "
        + "second."), AllowedValues(Classic, Backlog)]
    public string Policy { get; set; } = Classic;

    /// <summary>Unfinished jobs beyond capacity before a new worker is considered.</summary>
    [Setting("Unfinished jobs beyond capacity before a new worker is considered (policy Classic).",
        Original = "JOB_OVERFLOW_THRESH"), Range(0, 1_000_000)]
    public int JobOverflowThresh { get; set; } = 2;

    /// <summary>Jobs that one worker runs side by side.</summary>
    [Setting("Jobs that one worker runs side by side.",
        Original = "MAX_ENCODING_JOBS_PER_EC2_INSTANCE"), Range(1, 1024)]
    public int MaxEncodingJobsPerEc2Instance { get; set; } = 2;

    /// <summary>The most workers that the scaler keeps.</summary>
    [Setting("The most workers that the scaler keeps; machines that hang or leave count, too. Where it is not given, policy Backlog on backend Aws makes it 12.",
        Original = "MAX_NUM_EC2_INSTANCES"), Range(0, 100_000)]
    public int MaxNumEc2Instances { get; set; } = 3;

    /// <summary>Minutes within which the backlog shall be worked off.</summary>
    [Setting("Minutes within which waiting jobs shall be done (policy Backlog). The shorter, the more machines; it should "
        + "be well above the time that a machine takes to start."), Range(0.1, 100_000)]
    public double TargetMinutes { get; set; } = 3.5;

    /// <summary>Workers that never leave.</summary>
    [Setting("Workers that are kept even when there is nothing to do, so that a job need not wait for a machine to start "
        + "(policy Backlog)."), Range(0, 100_000)]
    public int WarmInstances { get; set; }

    /// <summary>US dollars per hour that the machines may cost.</summary>
    [Setting("US dollars per hour that all machines together may cost (policy Backlog); 0: no limit."), Range(0, 1_000_000)]
    public double MaxSpendPerHour { get; set; }

    /// <summary>US dollars per day that the machines may cost.</summary>
    [Setting("US dollars that machines may cost between two midnights UTC (policy Backlog); 0: no limit. When running jobs "
        + "will use it up, workers finish them and leave."), Range(0, 100_000_000)]
    public double MaxSpendPerDay { get; set; }

    /// <summary>US dollars for an hour of one machine.</summary>
    [Setting("US dollars for an hour of one machine, of the dearest where several types are set; 0: what its type costs on demand "
        + "in us-east-1, from a built-in table."),
        Range(0, 10_000)]
    public double PricePerHour { get; set; }

    /// <summary>Minutes without a report after which a launched machine is ended.</summary>
    [Setting("Minutes after its launch, or after its last report, after which a launched worker that does not report is "
        + "shown as an orphan, and soon ended."), Range(1, 1440)]
    public double OrphanMinutes { get; set; } = 15;
}
