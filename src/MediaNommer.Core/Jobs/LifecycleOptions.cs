using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Jobs;

/// <summary>The times that <see cref="JobLifecycle"/> works with.</summary>
public sealed record LifecycleOptions
{
    /// <summary>How long a worker holds a step after its last report.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How long a waiting job is left alone before its message is sent again.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The pause between two messages grows with the age of the last news, up to this.</summary>
    internal TimeSpan LongestResend => ResendAfter > TimeSpan.FromHours(1) ? ResendAfter : TimeSpan.FromHours(1);

    /// <summary>How long without news before a job is abandoned.</summary>
    public TimeSpan AbandonAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The pause before a run that failed for a passing reason is repeated; doubles each time.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a job waits for storage that is not there yet.</summary>
    public TimeSpan WaitForStorage { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Knows whether leases can be told to have run out; null: they always can.</summary>
    public ClockWatch? Watch { get; init; }

    /// <summary>Takes them from the settings.</summary>
    public static LifecycleOptions From(NommerOptions settings) => new()
    {
        Lease = TimeSpan.FromSeconds(settings.Nommerd.LeaseSeconds),
        ResendAfter = TimeSpan.FromSeconds(settings.Jobs.ResendAfter),
        AbandonAfter = TimeSpan.FromSeconds(settings.Feederd.AbandonInactiveJobsThresh),
        RetryBackoff = TimeSpan.FromSeconds(settings.Jobs.RetryBackoff),
        WaitForStorage = TimeSpan.FromSeconds(settings.Jobs.WaitForStorage),
    };
}
