using MediaNommer.Backends.Sqlite;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Tests;

namespace MediaNommer.Backends.Tests.Sqlite;

public sealed class SqliteJobStoreTests : JobStoreConformance
{
    private readonly DataFolder folder = new();
    private SqliteJobStore? store;

    public override Task DisposeAsync()
    {
        store!.Dispose();
        folder.Dispose();
        return Task.CompletedTask;
    }

    protected override async Task<IJobStore> OpenAsync()
    {
        store = new SqliteJobStore(folder.Path);
        await store.InitializeAsync(CancellationToken.None);
        return store;
    }
}

public sealed class SqliteMessageQueueTests : MessageQueueConformance
{
    private readonly DataFolder folder = new();
    private readonly FakeClock clock = new();
    private SqliteMessageQueue? queue;

    public override Task DisposeAsync()
    {
        queue!.Dispose();
        folder.Dispose();
        return Task.CompletedTask;
    }

    protected override Task<IMessageQueue> OpenAsync()
    {
        queue = new SqliteMessageQueue(folder.Path, clock);
        return Task.FromResult<IMessageQueue>(queue);
    }

    protected override Task PassAsync(TimeSpan time)
    {
        clock.Advance(time);
        return Task.CompletedTask;
    }
}
