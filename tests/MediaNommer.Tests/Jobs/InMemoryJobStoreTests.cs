using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Tests.Jobs;

public sealed class InMemoryJobStoreTests : JobStoreConformance
{
    protected override Task<IJobStore> OpenAsync() => Task.FromResult<IJobStore>(new InMemoryJobStore());
}
