using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.DynamoDb;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>Job stores in tables on moto.</summary>
internal static class DynamoStores
{
    /// <summary>Settings with a table that nobody else has.</summary>
    public static async Task<NommerOptions> NewOptionsAsync()
    {
        var options = new NommerOptions { Backend = "Aws", Aws = await MotoServer.OptionsAsync() };
        options.Aws.DynamoDb.TableName = $"test-{Guid.NewGuid():N}";
        return options;
    }

    /// <summary>An empty store, initialized.</summary>
    public static async Task<DynamoJobStore> OpenAsync()
    {
        var store = Connect(await NewOptionsAsync());
        await store.InitializeAsync(CancellationToken.None);
        return store;
    }

    public static DynamoJobStore Connect(NommerOptions options, TimeProvider? clock = null) =>
        AwsRegistration.NewDynamoStore(options, new AwsAccess(options.Aws), clock ?? TimeProvider.System);
}
