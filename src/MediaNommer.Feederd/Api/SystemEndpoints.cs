using System.Reflection;
using System.Text.Json;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Services;

using MediaNommer.Feederd.Api.Describing;

namespace MediaNommer.Feederd.Api;

/// <summary>Everything about feederd itself: health, metrics, presets, wipe.</summary>
internal sealed class SystemEndpoints(
    IJobStore store, IMessageQueue queue, QueueNames queues, PresetCatalog presets, FeederdMetrics metrics,
    Readiness readiness, Duties duties, NommerOptions options)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", SayAliveAsync).WithMetadata(new OpenToAll()).Describe(SystemDocs.Health);
        routes.MapGet("/readyz", SayReadyAsync).WithMetadata(new OpenToAll()).Describe(SystemDocs.Ready);
        routes.MapGet("/metrics", ShowMetricsAsync).Describe(SystemDocs.Metrics);
        routes.MapGet("/v1/about", ShowAboutAsync).Describe(SystemDocs.About);
        routes.MapGet("/v1/presets", ListPresetsAsync).Describe(SystemDocs.Presets);
        routes.MapPost("/v1/wipe", WipeAsync).Describe(SystemDocs.Wipe);
    }

    private static Task SayAliveAsync(HttpContext context) =>
        Answer.OkAsync(context, new HealthResponse { Status = "ok" }, WireJson.Readable.HealthResponse);

    private async Task SayReadyAsync(HttpContext context)
    {
        await readiness.CheckAsync(context.RequestAborted);
        await SayAliveAsync(context);
    }

    private async Task ShowMetricsAsync(HttpContext context)
    {
        var text = await metrics.WriteAsync(context.RequestAborted);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    private Task ShowAboutAsync(HttpContext context)
    {
        var about = new AboutResponse
        {
            Version = typeof(SystemEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
                .InformationalVersion.Split('+')[0],
            Backend = options.Backend,
            Feederd = duties.Name,
            OnDuty = duties.AreHeld ? duties.Name : duties.Holder,
            OutputDir = Path.GetFullPath(Path.Combine(options.DataDir, "outputs")),
            MaxUploadBytes = options.Feederd.MaxUploadBytes,
        };
        return Answer.OkAsync(context, about, WireJson.Readable.AboutResponse);
    }

    private Task ListPresetsAsync(HttpContext context)
    {
        var answer = new PresetListResponse
        {
            Presets = [.. presets.All.Select(preset => new PresetResponse
            {
                Name = preset.Name,
                Description = preset.Description,
                Nommer = preset.Options.Nommer,
                Extension = preset.Extension,
                Options = JobView.PassesOf(preset.Options.Passes),
            })],
        };
        return Answer.OkAsync(context, answer, WireJson.Readable.PresetListResponse);
    }

    private async Task WipeAsync(HttpContext context)
    {
        using (var body = await RequestBody.ReadObjectAsync(context, "{\"confirm\": true}"))
        {
            if (!body.RootElement.TryGetProperty("confirm", out var confirm) || confirm.ValueKind != JsonValueKind.True)
                throw ApiException.BadInput(
                    "confirm", "confirm must be true: this deletes all jobs, nodes and notifications for good.");
        }

        foreach (var name in queues.All)
            await queue.PurgeAsync(name, context.RequestAborted);
        await store.WipeAsync(context.RequestAborted);
        await Answer.OkAsync(context, new WipeResponse { Wiped = true }, WireJson.Readable.WipeResponse);
    }
}
