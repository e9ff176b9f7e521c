using MediaNommer.Backends.Aws;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>Puts a copy of the settings into the configuration bucket from which machines download them, when this
/// feederd comes on duty.</summary>
internal sealed class SettingsUpload(
    ConfigBucket bucket, Duties duties, NommerOptions options, TimeProvider clock, ILogger<SettingsUpload> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        duties.RunAsync(
            held => new RoundLoop("The upload of the settings", clock, logger).RunUntilDoneAsync(
                () => bucket.UploadSettingsAsync(options, held), held),
            stoppingToken);
}
