using MediaNommer.Backends.Aws;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Services;

/// <summary>Puts a copy of the settings into the configuration bucket at start, from which machines download them.</summary>
internal sealed class SettingsUpload(
    ConfigBucket bucket, NommerOptions options, TimeProvider clock, ILogger<SettingsUpload> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new RoundLoop("The upload of the settings", clock, logger).RunUntilDoneAsync(
            () => bucket.UploadSettingsAsync(options, stoppingToken), stoppingToken);
}
