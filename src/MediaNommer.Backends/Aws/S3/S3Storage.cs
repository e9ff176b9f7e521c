using Amazon.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>
/// Amazon S3 and every store that speaks its protocol. Nothing is asked of anybody, and no keys are looked for, before the
/// first address is used.
/// </summary>
internal sealed class S3Storage : IMediaStorage, IDisposable
{
    private readonly AwsOptions aws;
    private readonly StorageOptions options;
    private readonly TimeProvider clock;
    private readonly AddressGuard guard;
    private readonly Lazy<S3Connections> clients;

    /// <summary>Makes one; it keeps its connections open for reuse until disposed.</summary>
    /// <param name="aws">Endpoints, profiles and sizes of parts.</param>
    /// <param name="options">Time-outs and retries.</param>
    /// <param name="access">Finds our own keys and region.</param>
    /// <param name="clock">Measures time-outs and pauses.</param>
    /// <param name="guard">Which buckets and folders jobs may use; all when it is left out.</param>
    public S3Storage(AwsOptions aws, StorageOptions options, Func<AwsAccess> access, TimeProvider clock, AddressGuard? guard = null)
    {
        this.guard = guard ?? AddressGuard.Open;
        (this.aws, this.options, this.clock) = (aws, options, clock);
        clients = new(() => new S3Connections(aws, access, NewHttp()));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes { get; } = [S3Address.Scheme];

    /// <inheritdoc/>
    public async Task<MediaStat> StatAsync(string address, CancellationToken cancellation)
    {
        var source = await S3Source.FindAsync(Open(address, isSource: true), cancellation);
        return new MediaStat(source.Size, source.ETag.Length > 0 ? source.ETag : null, source.ModifiedAt);
    }

    /// <inheritdoc/>
    public async Task FetchAsync(
        string address, string path, IProgress<TransferProgress>? progress, CancellationToken cancellation)
    {
        var exchange = Open(address, isSource: true);
        var source = await S3Source.FindAsync(exchange, cancellation);
        var encoding = ContentDecoding.RequireKnown([source.Encoding], MediaUri.Redact(address));
        try
        {
            await DownloadAsync(source);
        }
        catch (MediaStorageException e) when (e.Code == MediaStorageErrors.SourceChanged)
        {
            // One that changed has another tag, and keeps that one.
            var changed = await S3Source.FindAsync(exchange, cancellation);
            var again = await S3Source.FindAsync(exchange, cancellation);
            if (!again.DiffersOnlyInTag(changed))
                throw;
            // What such a store says of the content may be made of the tag.
            await DownloadAsync(again with { ETag = "", Checksum = null });
        }

        await ContentDecoding.DecodeAsync(path, MediaUri.Redact(address), encoding, progress, cancellation);

        Task DownloadAsync(S3Source wanted) => LocalFile.FetchAsync(
            path, MediaUri.Redact(address),
            target => new S3Download(exchange, wanted, aws.S3, progress).RunAsync(target, cancellation));
    }

    /// <inheritdoc/>
    public async Task<IMediaContent?> OpenAsync(string address, CancellationToken cancellation)
    {
        var exchange = Open(address, isSource: true);
        return new S3Content(exchange, await S3Source.FindAsync(exchange, cancellation));
    }

    /// <inheritdoc/>
    public async Task PrepareAsync(string address, OutputTag tag, CancellationToken cancellation)
    {
        var exchange = Open(address, isSource: false);
        try
        {
            await S3StagedOutput.PrepareAsync(exchange, tag, cancellation);
        }
        catch (MediaStorageException e) when (aws.S3.MakeBuckets && e.InnerException is AmazonS3Exception { ErrorCode: "NoSuchBucket" })
        {
            await exchange.MakeBucketAsync(cancellation);
            await S3StagedOutput.PrepareAsync(exchange, tag, cancellation);
        }
    }

    /// <inheritdoc/>
    public string IdentityOf(string address)
    {
        if (!S3Address.TryParse(address, out var parts, out _))
            return address;
        var endpoint = parts.Profile is { } name && aws.Profiles.TryGetValue(name, out var profile) ? profile.EndpointUrl : "";
        return $"s3:{endpoint}/{parts.Bucket}/{parts.Key}";
    }

    /// <inheritdoc/>
    public async Task<bool> ExistsAsync(string address, CancellationToken cancellation) =>
        await S3StagedOutput.RunAtAsync(Open(address, isSource: false), cancellation) is not null;

    /// <inheritdoc/>
    public Task CleanUpAsync(string address, OutputTag tag, CancellationToken cancellation) =>
        S3StagedOutput.CleanUpAsync(Open(address, isSource: false), tag, cancellation);

    /// <inheritdoc/>
    public async Task<IStagedOutput> StageAsync(
        string path, string address, OutputTag tag, IProgress<TransferProgress>? progress,
        CancellationToken cancellation)
    {
        LocalFile.RequireRegular(path);
        var output = await S3StagedOutput.BeginAsync(Open(address, isSource: false), tag, cancellation);
        try
        {
            await output.UploadAsync(new S3Upload(path, aws.S3, progress), cancellation);
            return output;
        }
        catch
        {
            await output.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (clients.IsValueCreated)
            clients.Value.Dispose();
    }

    private HttpClient NewHttp() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(options.TransferTimeout),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private S3Exchange Open(string address, bool isSource)
    {
        guard.RequireInRoots(address);
        var display = MediaUri.Redact(address);
        if (!S3Address.TryParse(address, out var parts, out var why))
        {
            throw new MediaStorageException(
                isSource ? MediaStorageErrors.SourceUnreadable : MediaStorageErrors.DestNotWritable, $"{display} {why}.");
        }

        return new S3Exchange(clients.Value, parts, new S3Errors(parts, display, isSource, clients.Value.IsWithOurKeys(parts)), options, clock);
    }
}
