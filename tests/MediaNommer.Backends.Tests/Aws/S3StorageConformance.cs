using MediaNommer.Backends.Aws.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Storage;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.StorageConformance;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>What every storage must do, done by S3 on one server.</summary>
public abstract class S3StorageConformance : MediaStorageConformance
{
    private IMediaStorage? storage;

    private protected TestBucket Bucket { get; private set; } = null!;

    protected override IMediaStorage Storage => storage!;

    /// <summary>There are none: "a" and "a/b" may both be objects.</summary>
    protected override bool SeesFolders => false;

    public override async Task InitializeAsync()
    {
        var options = await ConnectAsync();
        // The smallest parts, so that what has some megabytes already takes several.
        options.S3.PartSize = 5 << 20;
        Bucket = await TestBucket.CreateAsync(options);
        storage = new S3Storage(options, Options, () => new AwsAccess(options), new HastyClock());
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Bucket.Dispose();
    }

    [Fact]
    public async Task The_bucket_of_a_destination_is_made_when_that_is_asked_for_and_not_else()
    {
        var (path, content) = await NewOutputAsync(5000);
        var missing = $"test-{Guid.NewGuid():N}";
        var address = $"s3://{missing}/out/film.mp4";
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.PrepareAsync(address, First, default));
        (error.Code, error.IsTransient).ShouldBe((MediaStorageErrors.DestNotWritable, false));
        error.Message.ShouldContain($"there is no bucket '{missing}'");

        Bucket.Options.S3.MakeBuckets = true;
        await Storage.PrepareAsync(address, First, default);
        await using (var staged = await Storage.StageAsync(path, address, First, null, default))
            await staged.PromoteAsync(StillHeld, default);

        using var made = await Bucket.Client.GetObjectAsync(missing, "out/film.mp4");
        made.ContentLength.ShouldBe(content.Length);
        // A source's bucket is never made.
        await Should.ThrowAsync<MediaStorageException>(() => Storage.StatAsync($"s3://test-{Guid.NewGuid():N}/a.mp4", default));
    }

    /// <summary>Settings that lead to the server.</summary>
    protected abstract Task<AwsOptions> ConnectAsync();

    // Keys are taken letter by letter.
    protected override string AddressOf(string name) => Bucket.AddressOf(name);

    protected override Task PutAsync(string name, byte[] content) => Bucket.PutAsync(name, content);

    protected override byte[]? Held(string name) => Bucket.Get(name);

    protected override void MakeFolder(string name)
    {
    }

    protected override List<string> Files() => Bucket.EverythingAsync().GetAwaiter().GetResult();
}
