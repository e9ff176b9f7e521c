using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.SimpleDb;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Aws.SimpleDbServer;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A store on a double of SimpleDB.</summary>
public abstract class SimpleDbRig : IAsyncLifetime
{
    internal SimpleDbDouble Server { get; private set; } = null!;

    internal SimpleDbJobStore Store { get; private set; } = null!;

    protected static CancellationToken None => CancellationToken.None;

    public Task InitializeAsync() => OpenAsync(new SimpleDbDoubleOptions());

    public virtual async Task DisposeAsync()
    {
        Store.Dispose();
        await Server.DisposeAsync();
    }

    internal async Task ReopenAsync(SimpleDbDoubleOptions options)
    {
        await DisposeAsync();
        await OpenAsync(options);
    }

    /// <summary>The names of all items in the domain of jobs.</summary>
    internal IEnumerable<string> Items() =>
        Server.Data.Read(Server.Settings().SimpleDb.JobStateDomain, isConsistent: true).Keys;

    internal SimpleDbClient NewClient()
    {
        var settings = Server.Settings();
        return AwsRegistration.NewSimpleDbClient(settings, new AwsAccess(settings), TimeProvider.System);
    }

    /// <summary>Has something else happen just before a request is looked at, once.</summary>
    internal void OnceBefore(Func<SdbRequest, bool> which, Func<Task> act) => Server.Before = request =>
    {
        if (!which(request))
            return;
        Server.Before = null;
        act().GetAwaiter().GetResult();
    };

    private async Task OpenAsync(SimpleDbDoubleOptions options)
    {
        Server = await SimpleDbDouble.StartAsync(options);
        Store = SimpleDbJobStoreTests.Open(Server);
        await Store.InitializeAsync(None);
    }
}
