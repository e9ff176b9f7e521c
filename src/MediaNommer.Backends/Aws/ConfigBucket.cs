using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using MediaNommer.Backends.Aws.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws;

/// <summary>
/// The bucket through which feederd hands machines what they need: the settings, the program, and the key that opens
/// secrets in jobs. Every method may throw <see cref="BackendUnavailableException"/>.
/// </summary>
public sealed class ConfigBucket : IDisposable
{
    /// <summary>The settings file in the bucket.</summary>
    public const string SettingsKey = "nommer.json";

    /// <summary>How the files begin that <c>nommer aws doctor</c> writes and deletes.</summary>
    internal const string ProbePrefix = ".nommer-doctor-";

    private const string SecretKey = "secret.key";

    private readonly AwsOptions options;
    private readonly AmazonS3Client client;
    private readonly string region;

    /// <summary>Makes one for the bucket that the settings name. Asks nothing yet.</summary>
    public ConfigBucket(AwsOptions options)
        : this(options, new AwsAccess(options), options.ConfigS3Bucket)
    {
    }

    internal ConfigBucket(AwsOptions options, AwsAccess access, string name)
    {
        this.options = options;
        Name = name;
        region = access.Region;
        client = new AmazonS3Client(access.Credentials, S3Connections.ConfigFor(access.Override(options.S3.EndpointUrl), access.Region));
    }

    /// <summary>The bucket's name.</summary>
    public string Name { get; }

    /// <summary>
    /// The original's <c>upload_settings</c>: puts the settings where machines find them. Makes the bucket when it is
    /// missing. Secrets are left out unless <c>Aws:UploadSecrets</c> is set.
    /// </summary>
    public async Task UploadSettingsAsync(NommerOptions settings, CancellationToken cancellation)
    {
        var content = SettingsWriter.Write(settings, options.UploadSecrets);
        try
        {
            await PutAsync(SettingsKey, content, cancellation);
        }
        catch (ConfigBucketException e) when (e.Code == "NoSuchBucket")
        {
            await CreateAsync(cancellation);
            await PutAsync(SettingsKey, content, cancellation);
        }
    }

    /// <summary>The original's <c>download_settings</c>.</summary>
    /// <param name="key">The file in the bucket, usually <see cref="SettingsKey"/>.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<byte[]> DownloadAsync(string key, CancellationToken cancellation) => AskAsync($"read {key}", async () =>
    {
        using var response = await client.GetObjectAsync(Name, key, cancellation);
        using var content = new MemoryStream();
        await response.ResponseStream.CopyToAsync(content, cancellation);
        return content.ToArray();
    });

    /// <summary>The name of the program in the bucket.</summary>
    /// <param name="runtime">For example <c>linux-x64</c>.</param>
    public static string ProgramKeyOf(string runtime) => $"nommer-{runtime}.tar.gz";

    /// <summary>True when that file is in the bucket.</summary>
    public Task<bool> HasAsync(string key, CancellationToken cancellation) => AskAsync($"look for {key}", async () =>
    {
        try
        {
            await client.GetObjectMetadataAsync(Name, key, cancellation);
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    });

    /// <summary>Uploads a file.</summary>
    public Task UploadAsync(string key, string path, CancellationToken cancellation) => AskAsync($"write {key}", async () =>
    {
        await client.PutObjectAsync(
            new PutObjectRequest { BucketName = Name, Key = key, FilePath = path, UseChunkEncoding = false },
            cancellation);
        return true;
    });

    /// <summary>Makes the bucket, in our region and closed to the public.</summary>
    /// <returns>False when it was there, and stays as it is.</returns>
    public async Task<bool> CreateAsync(CancellationToken cancellation)
    {
        if (await ExistsAsync(cancellation))
            return false;
        return await AskAsync("make the bucket", async () =>
        {
            await PrivateBucket.MakeAsync(client, Name, region, cancellation);
            return true;
        });
    }

    /// <summary>Closes the bucket to the public, as often as one likes.</summary>
    internal Task CloseAsync(CancellationToken cancellation) => AskAsync("close the bucket to the public", async () =>
    {
        await PrivateBucket.CloseAsync(client, Name, cancellation);
        return true;
    });

    /// <summary>True when the bucket is there and we may look into it.</summary>
    public Task<bool> ExistsAsync(CancellationToken cancellation) => AskAsync("look into the bucket", async () =>
    {
        try
        {
            await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Name, MaxKeys = 1 }, cancellation);
            return true;
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchBucket")
        {
            return false;
        }
    });

    /// <summary>Deletes what media-nommer put there, and the bucket when nothing else is in it.</summary>
    /// <returns>False when other files keep it alive.</returns>
    public Task<bool> DeleteAsync(IEnumerable<string> ours, CancellationToken cancellation) =>
        AskAsync("delete the bucket", async () =>
        {
            // A doctor that was cut short may have left a file.
            var probes = await client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = Name, Prefix = ProbePrefix }, cancellation);
            foreach (var key in ours.Append(SettingsKey).Append(SecretKey).Concat((probes.S3Objects ?? []).Select(probe => probe.Key)))
                await client.DeleteObjectAsync(Name, key, cancellation);
            var left = await client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = Name, MaxKeys = 1 }, cancellation);
            if (left.S3Objects is { Count: > 0 })
                return false;
            await client.DeleteBucketAsync(Name, cancellation);
            return true;
        });

    /// <summary>Writes, reads and deletes a file that says nothing, to see that all three are allowed.</summary>
    /// <param name="trying">Told the permission that is tried next.</param>
    /// <param name="cancellation">Ends the call.</param>
    internal async Task ProbeAsync(Action<string> trying, CancellationToken cancellation)
    {
        var key = $"{ProbePrefix}{Guid.NewGuid():N}";
        trying(S3Permissions.Write);
        await PutAsync(key, "nommer aws doctor"u8.ToArray(), cancellation);
        try
        {
            trying(S3Permissions.Read);
            await DownloadAsync(key, cancellation);
        }
        catch (ConfigBucketException)
        {
            await TryDeleteAsync(key);
            throw;
        }

        trying(S3Permissions.Delete);
        await AskAsync($"delete {key}", () => client.DeleteObjectAsync(Name, key, cancellation));
    }

    private async Task TryDeleteAsync(string key)
    {
        try
        {
            await client.DeleteObjectAsync(Name, key, CancellationToken.None);
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException)
        {
            // What was refused first is what counts.
        }
    }

    /// <summary>
    /// A box whose key lies in the bucket, apart from the table that holds what it encrypts: feederd and all workers
    /// share it. Made when it is missing; fetched when the first secret has to be sealed or opened.
    /// </summary>
    public SecretBox NewSecretBox() => new(() => FindOrMakeKeyAsync().GetAwaiter().GetResult());

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<byte[]> FindOrMakeKeyAsync()
    {
        try
        {
            return await DownloadAsync(SecretKey, CancellationToken.None);
        }
        catch (ConfigBucketException e) when (e.Code is "NoSuchKey" or "NoSuchBucket")
        {
            if (e.Code == "NoSuchBucket")
                await CreateAsync(CancellationToken.None);
            var key = SecretBox.NewKey();
            return await TryPutFirstAsync(SecretKey, key) ? key : await DownloadAsync(SecretKey, CancellationToken.None);
        }
    }

    /// <summary>Puts a file that must not be there yet; false when somebody else was first.</summary>
    private Task<bool> TryPutFirstAsync(string key, byte[] content) => AskAsync($"write {key}", async () =>
    {
        try
        {
            await client.PutObjectAsync(Request(key, content, onlyFirst: true));
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict)
        {
            return false;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotImplemented)
        {
            // A store that cannot: then two that begin in the same moment may differ, and the first is the one that counts.
            await client.PutObjectAsync(Request(key, content, onlyFirst: false));
            return false;
        }
    });

    private Task PutAsync(string key, byte[] content, CancellationToken cancellation) => AskAsync(
        $"write {key}", () => client.PutObjectAsync(Request(key, content, onlyFirst: false), cancellation));

    private PutObjectRequest Request(string key, byte[] content, bool onlyFirst) => new()
    {
        BucketName = Name,
        Key = key,
        InputStream = new MemoryStream(content),
        IfNoneMatch = onlyFirst ? "*" : null,
        UseChunkEncoding = false,
    };

    private async Task<T> AskAsync<T>(string what, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (AmazonS3Exception e)
        {
            throw new ConfigBucketException(
                $"S3 refused to {what} (bucket {Name}): {e.ErrorCode}: {e.Message.TrimEnd('.')}. {Remedy(e)}".TrimEnd(),
                e.ErrorCode ?? "", e);
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException)
        {
            throw new ConfigBucketException($"S3 could not be asked to {what} (bucket {Name}): {e.Message.TrimEnd('.')}. Check the network, Aws:Region, and Aws:S3:EndpointUrl or Aws:EndpointUrl.", "", e);
        }
    }

    private static string Remedy(AmazonS3Exception e) => e.ErrorCode switch
    {
        "NoSuchBucket" => "'nommer aws setup' makes the one that Aws:ConfigS3Bucket names.",
        "NoSuchKey" => "feederd puts the settings there when it starts, 'nommer aws publish' the program.",
        "BucketAlreadyExists" => "Another account has a bucket of that name: choose another in Aws:ConfigS3Bucket.",
        "AccessDenied" or "Forbidden" => "'nommer aws setup' prints the permissions that are needed.",
        { } code when AwsError.IsAboutKeys(code) =>
            "Check Aws:AccessKeyId, Aws:SecretAccessKey and Aws:SessionToken, or what stands for them, and Aws:Region.",
        _ => "",
    };
}

/// <summary>The configuration bucket refused or could not be reached.</summary>
internal sealed class ConfigBucketException(string message, string code, Exception inner)
    : BackendUnavailableException(message, inner)
{
    /// <summary>S3's word for what went wrong, or empty.</summary>
    public string Code => code;
}
