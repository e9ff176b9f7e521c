using System.Collections.Concurrent;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>
/// What a machine must find to become a worker: permissions, the program for its processors, the settings. Without them
/// it would be paid for and end before it reports, so none is launched.
/// </summary>
internal sealed class WorkerProvision(AwsOptions options, AwsAccess access, TimeProvider clock)
{
    // Files that were there are seldom taken away, and S3 need not be asked for every machine.
    private static readonly TimeSpan Trust = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, DateTimeOffset> seen = new();

    /// <summary>The user data that makes it one.</summary>
    public string Script() => WorkerSetup.Script(options, access);

    /// <exception cref="FleetException">Machines would have no permissions.</exception>
    public void RequireKeys()
    {
        if (options.Ec2.InstanceProfile.Length == 0 && options.AccessKeyId.Length == 0)
            throw new FleetException(
                "Machines would have no permissions to work with: set Aws:Ec2:InstanceProfile ('nommer aws setup' prints its "
                + "policy), or Aws:AccessKeyId and Aws:SecretAccessKey, which they then get.");
    }

    /// <exception cref="FleetException">The settings are not in the configuration bucket.</exception>
    public Task RequireSettingsAsync(CancellationToken cancellation) => RequireAsync(
        ConfigBucket.SettingsKey, "feederd puts it there when it starts, and its log says why it could not", cancellation);

    /// <param name="architecture">Of the image, as EC2 or Debian name it.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="FleetException">The program is not in the configuration bucket.</exception>
    public Task RequireProgramAsync(string architecture, CancellationToken cancellation)
    {
        var runtime = architecture == "arm64" ? "linux-arm64" : "linux-x64";
        return RequireAsync(ConfigBucket.ProgramKeyOf(runtime), $"run nommer aws publish --runtime {runtime}", cancellation);
    }

    private async Task RequireAsync(string key, string remedy, CancellationToken cancellation)
    {
        if (seen.TryGetValue(key, out var at) && clock.GetUtcNow() - at < Trust)
            return;
        var bucket = options.ConfigS3Bucket;
        try
        {
            using var files = new ConfigBucket(options, access, bucket);
            if (!await files.HasAsync(key, cancellation))
                throw new FleetException($"s3://{bucket}/{key} is not there, so no machine could become a worker: {remedy}.");
            seen[key] = clock.GetUtcNow();
        }
        catch (BackendUnavailableException e)
        {
            throw new FleetException($"Nobody can tell whether machines would find s3://{bucket}/{key}. {e.Message}", e);
        }
    }
}
