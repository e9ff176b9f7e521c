using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.DynamoDb;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// Job stores in tables on moto, or on the server whose address is in NOMMER_TEST_DYNAMODB, for example Amazon's own
/// DynamoDB Local.
/// </summary>
internal static class DynamoStores
{
    /// <summary>Settings with a table that nobody else has.</summary>
    public static async Task<NommerOptions> NewOptionsAsync()
    {
        var other = Environment.GetEnvironmentVariable("NOMMER_TEST_DYNAMODB");
        var options = new NommerOptions
        {
            Backend = "Aws",
            Aws = other is null
                ? await MotoServer.OptionsAsync()
                : new() { AccessKeyId = "test", SecretAccessKey = "test", Region = "us-east-1", EndpointUrl = other },
        };
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
