using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MediaNommer.Client;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>A real feederd on a free port, with the embedded backend in a folder of its own.</summary>
public sealed class RunningFeederd : IAsyncLifetime, IAsyncDisposable
{
    public const string SomeJob =
        """{"source_path": "/in/clip.mov", "dest_path": "/out/clip.mp4", "if_exists": "overwrite", "preset": "web_medium"}""";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-feederd-");
    private readonly Action<IServiceCollection>? services;
    private WebApplication? app;

    public RunningFeederd()
        : this(null)
    {
    }

    internal RunningFeederd(Action<NommerOptions>? settings, Action<IServiceCollection>? services = null)
    {
        this.services = services;
        Options = new NommerOptions { DataDir = folder.FullName };
        Options.Feederd.Port = 0;
        settings?.Invoke(Options);
    }

    internal NommerOptions Options { get; }

    public Uri Url => new(app!.Urls.First());

    public HttpClient Http { get; private set; } = null!;

    public NommerClient Client { get; private set; } = null!;

    public string DataDir => folder.FullName;

    internal JobLifecycle Lifecycle => Get<JobLifecycle>();

    internal IJobStore Store => Get<IJobStore>();

    internal static async Task<RunningFeederd> StartAsync(
        Action<NommerOptions>? settings = null, Action<IServiceCollection>? services = null)
    {
        var feederd = new RunningFeederd(settings, services);
        await feederd.InitializeAsync();
        return feederd;
    }

    public async Task InitializeAsync()
    {
        app = FeederdHost.Create(Options, services);
        await app.StartAsync();
        Http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
        Client = new NommerClient(Url, Options.Feederd.ApiKeys.FirstOrDefault());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Client.Dispose();
        await app!.StopAsync();
        await app.DisposeAsync();
        folder.Delete(recursive: true);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    internal T Get<T>()
        where T : notnull => app!.Services.GetRequiredService<T>();

    internal Task StopAsync() => app!.StopAsync();

    /// <summary>Posts a text as curl and the client of 2011 do: as a form.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, string body) => await Http.PostAsync(
        path, new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded"));

    /// <summary>Posts a text and reads the JSON of the answer.</summary>
    public async Task<JsonElement> AskAsync(string path, string body)
    {
        using var answer = await PostAsync(path, body);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<string> SubmitAsync(string job = SomeJob) =>
        (await AskAsync("/v1/jobs", job)).GetProperty("job_id").GetString()!;

    /// <summary>Takes a job as a worker would.</summary>
    internal async Task<StepClaim> ClaimAsync(string id, string worker = "worker-1")
    {
        var job = await Store.GetAsync(id, CancellationToken.None);
        var result = await Lifecycle.ClaimAsync(job!, JobStep.Encode, worker, nothingToFetch: true, CancellationToken.None);
        return result.Claim ?? throw new InvalidOperationException($"The claim was refused: {result.Refusal}.");
    }

    /// <summary>Ends a run as a worker would, with an output of that many bytes.</summary>
    internal Task<bool> FinishAsync(StepClaim claim, long size) => Lifecycle.CompleteAsync(
        claim, new RunResult { Outcome = RunOutcome.Finished, Output = new OutputFacts { Size = size } }, log: null, CancellationToken.None);

    /// <summary>Ends a run as a worker would.</summary>
    internal Task<bool> CompleteAsync(StepClaim claim, RunOutcome outcome, string message = "", string? log = null) =>
        Lifecycle.CompleteAsync(
            claim,
            new RunResult
            {
                Outcome = outcome,
                Message = message,
                Output = outcome == RunOutcome.Finished ? new OutputFacts { Size = 1234, Streams = ["video:h264"] } : null,
            },
            log, CancellationToken.None);
}
