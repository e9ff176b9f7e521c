using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.SimpleDb;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Aws.SimpleDbServer;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>On a server in a bad mood: small pages and empty ones, refusals, lost answers.</summary>
public sealed class SimpleDbJobStoreTests : JobStoreConformance
{
    private SimpleDbDouble? server;
    private SimpleDbJobStore? store;

    public override async Task DisposeAsync()
    {
        store!.Dispose();
        await server!.DisposeAsync();
    }

    protected override async Task<IJobStore> OpenAsync()
    {
        server = await SimpleDbDouble.StartAsync(new SimpleDbDoubleOptions
        {
            PageItems = 7, PageBytes = 20_000, EmptyPageEvery = 5, RefuseEvery = 29, LoseEvery = 17,
        });
        store = Open(server);
        await store.InitializeAsync(CancellationToken.None);
        return store;
    }

    internal static SimpleDbJobStore Open(SimpleDbDouble server)
    {
        var settings = server.Settings();
        return AwsRegistration.NewSimpleDbStore(settings, new AwsAccess(settings), TimeProvider.System);
    }
}
