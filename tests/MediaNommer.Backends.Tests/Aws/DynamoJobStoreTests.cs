using MediaNommer.Backends.Aws.DynamoDb;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class MotoDynamoDbTests : JobStoreConformance
{
    private DynamoJobStore? store;

    public override Task DisposeAsync()
    {
        store!.Dispose();
        return Task.CompletedTask;
    }

    protected override async Task<IJobStore> OpenAsync() => store = await DynamoStores.OpenAsync();
}
