using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class FauxqsS3Tests : S3StorageConformance
{
    protected override Task<AwsOptions> ConnectAsync() => FauxqsServer.OptionsAsync();

    /// <summary>fauxqs takes no notice of If-None-Match when an upload in parts is completed.</summary>
    protected override bool ReplacesNothing => false;
}
