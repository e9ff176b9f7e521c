using Amazon.S3;
using Amazon.S3.Model;
using MediaNommer.Backends.Tests.Aws;
using MediaNommer.Client.Wire;
using MediaNommer.EndToEnd.Tests.Aws.Emulator;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>An installation on AWS for one test: queues, states and media in moto, machines in our own emulator.</summary>
internal sealed class AwsSite : IAsyncDisposable
{
    // moto answers a few hundred requests in a second, and one look of ours may be many.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private AwsSite(TestSite site, Ec2Emulator ec2, TestBucket media, TestBucket config)
    {
        (Site, Ec2, Media, Config) = (site, ec2, media, config);
        foreach (var (key, value) in Settings())
            site.Settings[$"NOMMER__{key}"] = value;
    }

    public TestSite Site { get; }

    public Ec2Emulator Ec2 { get; }

    /// <summary>Sources and outputs; keeps every version of its objects, which tells how often each was written.</summary>
    public TestBucket Media { get; }

    /// <summary>The configuration bucket.</summary>
    public TestBucket Config { get; }

    /// <summary>The port of the services that moto plays.</summary>
    public int MotoPort => new Uri(Media.Options.EndpointUrl).Port;

    public static async Task<AwsSite> StartAsync(CloudSettings? cloud = null)
    {
        var moto = await MotoServer.OptionsAsync();
        var site = new TestSite();
        var ec2 = await Ec2Emulator.StartAsync((cloud ?? new CloudSettings()) with { MachineFolder = site.PathOf("machines") });
        var made = new AwsSite(site, ec2, await TestBucket.CreateAsync(moto), await TestBucket.CreateAsync(moto));
        await made.Media.Client.PutBucketVersioningAsync(new PutBucketVersioningRequest
        {
            BucketName = made.Media.Name, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
        });
        return made;
    }

    /// <summary>Puts a clip of that many seconds into the bucket.</summary>
    /// <returns>Its address.</returns>
    public async Task<string> PutClipAsync(int seconds)
    {
        var key = $"in/clip-{seconds}.mp4";
        await Media.PutAsync(key, await File.ReadAllBytesAsync(Clips.OfSeconds(seconds)));
        return Media.AddressOf(key);
    }

    /// <summary>The key of every version of every output, in their order.</summary>
    public async Task<IReadOnlyList<string>> OutputsAsync(string prefix = "out/")
    {
        var answer = await Media.Client.ListVersionsAsync(Media.Name, prefix);
        return [.. (answer.Versions ?? []).Select(version => version.Key).Order(StringComparer.Ordinal)];
    }

    /// <summary>Waits for something; when it does not come, the error holds what every process and machine has printed.</summary>
    public Task WaitUntil(string what, Func<bool> look, TimeSpan? patience = null) =>
        WaitUntil(what, () => Task.FromResult(look()), found => found, patience);

    public async Task<T> WaitUntil<T>(string what, Func<Task<T>> look, Func<T, bool> good, TimeSpan? patience = null)
    {
        try
        {
            return await Site.WaitUntil(what, look, good, patience ?? TimeSpan.FromMinutes(1), Pause);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{string.Join('\n', Ec2.Instances.Select(Describe))}", e);
        }
    }

    /// <summary>Waits until all jobs have ended; each must be FINISHED.</summary>
    public async Task<IReadOnlyList<JobResponse>> WaitForAllAsync(int count)
    {
        var list = await WaitUntil(
            $"{count} jobs have ended", () => Site.Client.ListJobsAsync(limit: 1000),
            found => found.Jobs.Count == count && found.Jobs.All(job => job.HasEnded), TimeSpan.FromMinutes(4));
        list.Jobs.ShouldAllBe(job => job.JobState == "FINISHED");
        return list.Jobs;
    }

    /// <summary>Waits until a webhook was told of every change of these jobs; then each must have come once, in order.</summary>
    /// <returns>Their histories.</returns>
    public async Task<IReadOnlyList<HistoryResponse>> ShouldBeAnnouncedAsync(IEnumerable<string> jobIds, WebhookReceiver webhook)
    {
        var histories = new List<HistoryResponse>();
        foreach (var id in jobIds)
        {
            var history = await Site.Client.GetHistoryAsync(id);
            await WaitUntil("its changes were announced", () => Task.FromResult(Notified.Missing(history, webhook)), missing => missing.Length == 0);
            Notified.ShouldBeOnceAndInOrder(history, webhook);
            histories.Add(history);
        }

        return histories;
    }

    public async ValueTask DisposeAsync()
    {
        await Ec2.DisposeAsync();
        await Site.DisposeAsync();
        Media.Dispose();
        Config.Dispose();
    }

    private static string Describe(Instance instance) => $"{instance}\n{instance.Machine?.Console}";

    private Dictionary<string, string> Settings() => new()
    {
        ["BACKEND"] = "Aws",
        // Not as short as with a file beside us: every look is a number of requests.
        ["NOMMERD__HEARTBEATINTERVAL"] = "1",
        ["NOMMERD__LEASESECONDS"] = "5",
        ["NOMMERD__PROGRESSINTERVAL"] = "1",
        ["FEEDERD__SWEEPINTERVAL"] = "2",
        ["FEEDERD__AUTOSCALEINTERVAL"] = "2",
        ["JOBS__RESENDAFTER"] = "3",
        ["AWS__ACCESSKEYID"] = Ec2Emulator.Keys.Id,
        ["AWS__SECRETACCESSKEY"] = Ec2Emulator.Keys.Secret,
        ["AWS__REGION"] = Landscape.Region,
        ["AWS__ENDPOINTURL"] = Media.Options.EndpointUrl,
        ["AWS__EC2__ENDPOINTURL"] = Ec2.Url,
        ["AWS__EC2__INSTANCEPROFILE"] = "media-nommer-worker",
        ["AWS__CONFIGS3BUCKET"] = Config.Name,
        ["AWS__DYNAMODB__TABLENAME"] = Config.Name,
        ["QUEUES__SQSNEWJOBQUEUENAME"] = Config.Name,
        ["QUEUES__SQSJOBSTATECHANGEQUEUENAME"] = $"{Config.Name}_jstate",
    };
}
