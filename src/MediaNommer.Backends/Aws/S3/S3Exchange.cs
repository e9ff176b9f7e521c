using Amazon.Runtime;
using Amazon.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>Talks to the store about one address.</summary>
/// <param name="clients">The clients.</param>
/// <param name="address">What it is about.</param>
/// <param name="errors">Says what the store's refusals mean.</param>
/// <param name="options">Time-outs and retries.</param>
/// <param name="clock">Measures them.</param>
internal sealed class S3Exchange(
    S3Connections clients, S3Address address, S3Errors errors, StorageOptions options, TimeProvider clock)
{
    public string Bucket => address.Bucket;

    public string Key => address.Key;

    public S3Errors Errors => errors;

    /// <summary>The folder part of the key with its slash, or empty.</summary>
    public string Folder => address.Folder;

    /// <summary>The key's last part.</summary>
    public string FileName => Key[(Key.LastIndexOf('/') + 1)..];

    /// <summary>The patience for one transfer.</summary>
    /// <param name="atLeast">For how long nothing may move in any case.</param>
    public Transfer NewTransfer(TimeSpan atLeast = default) => new(options, clock, atLeast);

    /// <summary>Waits.</summary>
    public Task PauseAsync(TimeSpan time, CancellationToken cancellation) => Task.Delay(time, clock, cancellation);

    /// <summary>Limits what must not take long.</summary>
    public CancellationTokenSource NewTimeout(TimeSpan time) => new(time, clock);

    /// <summary>Makes the bucket, closed to the public, in the region that the address or the settings name.</summary>
    /// <exception cref="MediaStorageException">The store refuses, or is out of reach.</exception>
    public Task MakeBucketAsync(CancellationToken cancellation) => AskAsync(
        S3Permissions.MakeBucket,
        async (s3, token) =>
        {
            await PrivateBucket.MakeAsync(s3, Bucket, clients.RegionOf(address), token);
            return true;
        },
        cancellation);

    /// <summary>Asks until there is an answer that will not change.</summary>
    /// <param name="permission">What the keys must allow, for example <c>s3:GetObject</c>.</param>
    /// <param name="call">The question.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MediaStorageException">The store refuses, or is out of reach.</exception>
    public Task<T> AskAsync<T>(
        string permission, Func<IAmazonS3, CancellationToken, Task<T>> call, CancellationToken cancellation) =>
        NewTransfer().RunAsync(token => AskOnceAsync(permission, call, token), errors.GiveUp, cancellation);

    /// <summary>Asks once, or twice when the bucket is in another region.</summary>
    /// <param name="permission">What the keys must allow.</param>
    /// <param name="call">The question.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="mayRepeat">Whether the SDK may ask once more of itself, which corrects its clock.</param>
    /// <exception cref="MediaStorageException">The store refuses for good.</exception>
    /// <exception cref="TransferBrokenException">Trying again may help.</exception>
    public async Task<T> AskOnceAsync<T>(
        string permission, Func<IAmazonS3, CancellationToken, Task<T>> call, CancellationToken cancellation,
        bool mayRepeat = true)
    {
        while (true)
        {
            try
            {
                // Finding our keys may mean asking the machine's metadata service, which blocks.
                using var client = await Task.Run(() => clients.For(address, mayRepeat), cancellation).WaitAsync(cancellation);
                return await call(client, cancellation);
            }
            catch (AmazonS3Exception e) when (clients.LearnRegion(address, e))
            {
            }
            catch (Exception e) when (e is AmazonServiceException or AmazonClientException or AwsException or HttpRequestException or ArgumentException)
            {
                throw errors.Explain(e, permission);
            }
        }
    }
}
