using System.Security.Cryptography;
using MediaNommer.Backends.Aws.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Storage;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A bucket behind a store that can be spoiled, and a storage that talks to it.</summary>
public abstract class S3TroubleRig : IAsyncLifetime
{
    protected const int Size = 12_000_000;
    protected const int PartSize = 5 << 20;
    protected static readonly OutputTag Tag = new("job", 1);

    protected string Work { get; } = Directory.CreateTempSubdirectory("nommer-s3-").FullName;

    protected string Target => Path.Combine(Work, "source");

    protected AwsOptions Aws { get; private set; } = null!;

    protected StorageOptions Options { get; } = new() { TransferTimeout = 20, TransferRetries = 3 };

    private protected TestBucket Bucket { get; private set; } = null!;

    private protected TroubledS3 Store { get; private set; } = null!;

    private protected S3Storage Storage { get; private set; } = null!;

    protected string Address => Bucket.AddressOf("film.mp4");

    public async Task InitializeAsync()
    {
        var moto = await MotoServer.OptionsAsync();
        Bucket = await TestBucket.CreateAsync(moto);
        Store = await TroubledS3.StartAsync(moto.EndpointUrl);
        Aws = await MotoServer.OptionsAsync();
        Aws.EndpointUrl = "";
        Aws.S3 = new() { EndpointUrl = Store.Endpoint, PartSize = PartSize, ParallelParts = 3 };
        Storage = new S3Storage(Aws, Options, () => new AwsAccess(Aws), new HastyClock());
    }

    public async Task DisposeAsync()
    {
        Storage.Dispose();
        await Store.DisposeAsync();
        Bucket.Dispose();
        Directory.Delete(Work, recursive: true);
    }

    protected static Task StillHeld(CancellationToken cancellation) => Task.CompletedTask;

    protected async Task<byte[]> PutSourceAsync(int size = Size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        await Bucket.PutAsync("film.mp4", content);
        return content;
    }

    protected async Task FetchAsync(byte[] expected, IProgress<TransferProgress>? progress = null)
    {
        await Storage.FetchAsync(Address, Target, progress, default);
        (await File.ReadAllBytesAsync(Target)).AsSpan().SequenceEqual(expected).ShouldBeTrue();
    }

    protected async Task<MediaStorageException> FailToFetchAsync()
    {
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.FetchAsync(Address, Target, null, default));
        File.Exists(Target).ShouldBeFalse();
        return error;
    }

    protected async Task<IStagedOutput> StageAsync(OutputTag tag, int size = Size, CancellationToken cancellation = default)
    {
        var path = Path.Combine(Work, $"output-{tag.Attempt}");
        await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(size), CancellationToken.None);
        return await Storage.StageAsync(path, Address, tag, null, cancellation);
    }

    protected byte[] OutputOf(OutputTag tag) => File.ReadAllBytes(Path.Combine(Work, $"output-{tag.Attempt}"));

    protected void ShouldHold(byte[] content) =>
        Bucket.Get("film.mp4").AsSpan().SequenceEqual(content).ShouldBeTrue("film.mp4 holds other bytes");
}
