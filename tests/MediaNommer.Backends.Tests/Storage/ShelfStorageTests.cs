using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Samples;
using MediaNommer.StorageConformance;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

/// <summary>The sample of docs/writing-a-storage.md, held to what is asked of every storage.</summary>
public sealed class ShelfStorageTests : MediaStorageConformance
{
    private readonly string data = Directory.CreateTempSubdirectory("nommer-shelves-").FullName;

    public ShelfStorageTests()
    {
        Directory.CreateDirectory(Path.Combine(data, "shelves"));
        Directory.CreateSymbolicLink(Path.Combine(data, "shelves", "films"), Root);
        Storage = new ShelfStorage(new NommerOptions { DataDir = data });
    }

    protected override IMediaStorage Storage { get; }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    [Theory]
    [InlineData("shelf://films/../secret.key")]
    [InlineData("shelf://films/a/%2e%2e/%2e%2e/secret.key")]
    [InlineData("shelf://../secret.key")]
    [InlineData("shelf://missing/a.mp4")]
    [InlineData("shelf://films")]
    public async Task What_leads_out_of_a_shelf_is_refused(string address) =>
        await Should.ThrowAsync<MediaStorageException>(() => Storage.StatAsync(address, default));

    protected override string AddressOf(string name) => "shelf://films/" + Encode(name);
}
