using MediaNommer.Backends;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Nommerd;
using MediaNommer.Nommerd.Nommers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace MediaNommer.Tests.Worker;

/// <summary>One store, one queue and as many workers as a test starts, in one process, with a nommer of the test's.</summary>
internal sealed class WorkerFixture : IAsyncDisposable
{
    private readonly List<IHost> hosts = [];
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-worker-");

    public WorkerFixture(Action<NommerOptions>? configure = null, Func<IJobStore, IJobStore>? lineToStore = null)
    {
        Options = new NommerOptions { DataDir = folder.FullName };
        Options.Nommerd.HeartbeatInterval = 0.1;
        // Long enough for a busy machine not to lose a lease between two heartbeats.
        Options.Nommerd.LeaseSeconds = 3;
        Options.Nommerd.ProgressInterval = 0.05;
        Options.Nommerd.MinFreeDiskBytes = 0;
        Options.Jobs.RetryBackoff = 0.05;
        configure?.Invoke(Options);
        Store = new InMemoryJobStore();
        Queue = new InMemoryMessageQueue(TimeProvider.System);
        Changes = new LazyMessages(
            Queue, Names, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<LazyMessages>.Instance);
        Lifecycle = new JobLifecycle(
            lineToStore?.Invoke(Store) ?? Store, Queue, Names, Changes, LifecycleOptions.From(Options), TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<JobLifecycle>.Instance);
        File.WriteAllText(SourcePath, "picture and sound");
    }

    public NommerOptions Options { get; }

    /// <summary>What the worker's timers go by.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public InMemoryJobStore Store { get; }

    public InMemoryMessageQueue Queue { get; }

    /// <summary>The queue as workers find it, or null for the one of everybody.</summary>
    public IMessageQueue? WorkersQueue { get; set; }

    public QueueNames Names { get; } = new("new", "changes");

    public LazyMessages Changes { get; }

    public JobLifecycle Lifecycle { get; }

    /// <summary>Which folders must be mounted.</summary>
    public Mounts Mounts { get; set; } = new([]);

    /// <summary>A storage beside that of files.</summary>
    public IMediaStorage? Storage { get; set; }

    public ScriptedNommer Nommer { get; } = new();

    /// <summary>The machines that workers may end.</summary>
    public IFleet? Machines { get; set; }

    public string SourcePath => Path.Combine(folder.FullName, "source.mp4");

    public string DestPath => Path.Combine(folder.FullName, "out", "dest.mp4");

    public string WorkRoot => Path.Combine(folder.FullName, "work");

    public async Task<IHost> StartWorkerAsync(NommerdLaunch? launch = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services
            .AddSingleton<IJobStore>(Store)
            .AddSingleton(WorkersQueue ?? Queue)
            .AddSingleton(Names)
            .AddSingleton(Lifecycle)
            .AddSingleton(SecretBox.Ephemeral())
            .AddSingleton(Clock)
            .AddSingleton(new MediaStorages(Storage is null ? [new FileStorage(mounts: Mounts)] : [new FileStorage(mounts: Mounts), Storage], ["file", "http", "broken"]))
            .AddSingleton<INommer>(Nommer)
            .AddNommerd(Options, (launch ?? new NommerdLaunch { IsLocal = true }) with { HandleSignals = false });
        if (Machines is not null)
            builder.Services.AddKeyedSingleton(BackendRegistration.CloudFleet, Machines);
        var host = builder.Build();
        hosts.Add(host);
        await host.StartAsync();
        return host;
    }

    /// <summary>Ends a worker as the end of its process would.</summary>
    public async Task EndWorkerAsync(IHost host)
    {
        await host.StopAsync();
        host.Dispose();
        hosts.Remove(host);
    }

    public Task<string> SubmitAsync(Func<JobSpec, JobSpec>? change = null)
    {
        var spec = new JobSpec
        {
            Source = new MediaUri(SourcePath, null),
            Dest = new MediaUri(DestPath, null),
            Options = new EncodeOptions { Nommer = Nommer.Name },
        };
        return Lifecycle.SubmitAsync(change?.Invoke(spec) ?? spec, null, [], CancellationToken.None);
    }

    public Task<Job> UntilAsync(string jobId, JobState state) => UntilAsync(jobId, job => job.State == state);

    public async Task<Job> UntilAsync(string jobId, Func<Job, bool> condition)
    {
        var deadline = DateTime.UtcNow.AddSeconds(15);
        while (true)
        {
            var job = await Store.GetAsync(jobId, CancellationToken.None);
            if (job is not null && condition(job))
                return job;
            if (DateTime.UtcNow > deadline)
                Assert.Fail($"The job did not get there; it is {job?.State}: {job?.StateDetails ?? job?.WaitReason}");
            await Task.Delay(10);
        }
    }

    public async Task SweepAsync()
    {
        foreach (var job in await Store.GetDueAsync(DateTimeOffset.UtcNow, 100, CancellationToken.None))
            await Lifecycle.CheckAsync(job, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Nommer.Release();
        foreach (var host in hosts.ToList())
            await EndWorkerAsync(host);

        folder.Delete(recursive: true);
    }
}
