using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class MotoS3Tests : S3StorageConformance
{
    private TroubledS3? store;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await store!.DisposeAsync();
    }

    protected override async Task<AwsOptions> ConnectAsync()
    {
        var options = await MotoServer.OptionsAsync();
        store = await TroubledS3.StartAsync(options.EndpointUrl);
        options.EndpointUrl = store.Endpoint;
        return options;
    }
}
