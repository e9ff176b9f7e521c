using MediaNommer.Client.Wire;
using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Api;
using MediaNommer.Feederd.Api.Describing;

namespace MediaNommer.Feederd.Files;

/// <summary>Says what a source is, without a job: ffprobe runs beside feederd.</summary>
internal sealed class ProbeEndpoint(
    JobRequestReader reader, JobAddresses addresses, MediaStorages storages, FileLooks looks, NommerOptions options, TimeProvider clock)
{
    private const int AtOnce = 2;

    // What a killed feederd left is older than a look may take.
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim room = new(AtOnce, AtOnce);
    private readonly string folder = Path.Combine(Path.GetFullPath(options.DataDir), "probes");

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/probe", ProbeAsync).Describe(FilesDocs.Probe);

    private async Task ProbeAsync(HttpContext context)
    {
        var address = reader.ReadSource(await RequestBody.ReadAsync(context));
        await addresses.RequireSourceAsync(address, context.RequestAborted);
        if (!await room.WaitAsync(MediaProbe.Patience, context.RequestAborted))
            throw new ApiException(
                StatusCodes.Status503ServiceUnavailable, ApiErrors.Unavailable,
                $"feederd looks at {AtOnce} other sources already; try again.", retryable: true);
        try
        {
            RemoveLeftovers();
            var probe = new MediaProbe(storages, options.Ffmpeg.FfprobePath, folder, clock, looks);
            var facts = await probe.LookAsync(address, context.RequestAborted);
            await Answer.OkAsync(context, SourceView.Of(facts), WireJson.Readable.SourceResponse);
        }
        catch (MediaStorageException e)
        {
            throw new ApiException(
                e.IsTransient ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status422UnprocessableEntity,
                e.Code, e.Message, "source_path", e.IsTransient);
        }
        finally
        {
            room.Release();
        }
    }

    private void RemoveLeftovers()
    {
        foreach (var old in Directory.CreateDirectory(folder).EnumerateDirectories()
            .Where(each => clock.GetUtcNow() - each.LastWriteTimeUtc > LeftoverAge))
        {
            try
            {
                old.Delete(recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another look has removed it meanwhile.
            }
        }
    }
}
