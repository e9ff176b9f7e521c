using System.Globalization;
using System.Security.Cryptography;
using MediaNommer.Client;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Plugins;
using MediaNommer.Core.Settings;
using MediaNommer.Nommerd;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Cli;

/// <summary>
/// The whole system in this process, over a folder of its own that goes with it: a feederd on a free loopback port and
/// one worker. What <c>demo</c> and <c>encode</c> run is what <c>up</c> runs, only shorter.
/// </summary>
internal sealed class EmbeddedSystem : IAsyncDisposable
{
    private const string FolderPrefix = "media-nommer-run-";

    private readonly WebApplication feederd;
    private readonly IHost worker;
    private readonly NommerClient client;

    private EmbeddedSystem(string folder, WebApplication feederd, IHost worker, string apiKey)
    {
        Folder = folder;
        this.feederd = feederd;
        this.worker = worker;
        client = new NommerClient(new Uri(feederd.Urls.First()), apiKey);
    }

    /// <summary>Goes with the system.</summary>
    public string Folder { get; }

    public static async Task<EmbeddedSystem> StartAsync(NommerOptions settings, CancellationToken cancellation)
    {
        Prerequisites.Ensure(settings);
        RemoveLeftovers();
        var folder = Directory.CreateTempSubdirectory(
            string.Create(CultureInfo.InvariantCulture, $"{FolderPrefix}{Environment.ProcessId}-")).FullName;
        // Other users of this machine can reach the port, too.
        var apiKey = RandomNumberGenerator.GetHexString(32);
        MakeEphemeral(settings, folder, apiKey);
        try
        {
            var feederd = await FeederdCommand.StartAsync(settings, Configure, cancellation);
            var worker = NommerdHost.Create(
                settings, new NommerdLaunch { IsLocal = true, Slots = 1, HandleSignals = false }, Configure);
            var system = new EmbeddedSystem(folder, feederd, worker, apiKey);
            await worker.StartAsync(cancellation);
            return system;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Runs a job to its end.</summary>
    public async Task<JobResponse> RunAsync(JobRequest job, DisplayKind display, CancellationToken cancellation)
    {
        var accepted = await client.SubmitAsync(job, idempotencyKey: null, cancellation);
        return (await JobWatch.UntilEndedAsync(client, [accepted.Id], display, cancellation))[0];
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await worker.StopAsync();
        worker.Dispose();
        await feederd.StopAsync();
        await feederd.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static void Configure(IServiceCollection services)
    {
        services.AddSingleton<IHostLifetime, NoSignals>();
        // What goes wrong with the job is told as the job's; this is for the rest.
        DaemonLogging.Add(services, LogLevel.Error);
    }

    private static void MakeEphemeral(NommerOptions settings, string folder, string apiKey)
    {
        settings.Nommerd.PluginDir = PluginLoader.FolderOf(settings);
        // Whoever runs this command reaches with it what they could reach without.
        if (settings.Storage.PrivateNetworks.Count == 0)
            settings.Storage.PrivateNetworks = ["all"];
        // Below the folder, not all of it: jobs may read what lies beside the data, the demo's sample.
        settings.DataDir = Path.Combine(folder, "data");
        // Somebody waits at a terminal: what is wrong is told at once, and may be tried again by hand.
        settings.Jobs.WaitForStorage = 0;
        settings.Jobs.MaxAttempts = 1;
        settings.Feederd.Host = "127.0.0.1";
        settings.Feederd.Port = 0;
        settings.Feederd.ApiKeys = [apiKey];
    }

    /// <summary>Removes what a killed run left: its folder's name holds the id of a process that is no more.</summary>
    private static void RemoveLeftovers()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), FolderPrefix + "*"))
        {
            var process = Path.GetFileName(folder)[FolderPrefix.Length..].Split('-')[0];
            if (Directory.Exists($"/proc/{process}"))
                continue;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another user's, or another run is removing it just now: not ours to insist on.
            }
        }
    }
}
