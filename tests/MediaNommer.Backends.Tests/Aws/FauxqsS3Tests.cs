using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class FauxqsS3Tests : S3StorageConformance
{
    protected override Task<AwsOptions> ConnectAsync() => FauxqsServer.OptionsAsync();
}
