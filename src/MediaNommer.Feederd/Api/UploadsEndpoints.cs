using MediaNommer.Client.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Api.Describing;
using MediaNommer.Feederd.Services;
using Microsoft.Net.Http.Headers;

namespace MediaNommer.Feederd.Api;

/// <summary>Takes files in, so that a browser or a remote client has a source to name.</summary>
internal sealed class UploadsEndpoints(
    Uploads uploads, IFleet fleet, IJobStore store, NommerOptions options, TimeProvider clock)
{
    private readonly UploadReaders readers = new(store);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/uploads", ReceiveAsync).Describe(UploadDocs.Upload);
        routes.MapGet("/v1/uploads", ListAsync).Describe(UploadDocs.List);
        routes.MapDelete("/v1/uploads/{id}", DeleteAsync).Describe(UploadDocs.Delete);
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        await RequireReadersAsync(context.RequestAborted);
        UploadHeaders.RequireWhole(name => context.Request.Headers[name].ToString());
        var stored = await ReceiveFilesAsync(context);
        context.SetLocation($"/v1/uploads/{stored[0].Id}");
        var answer = ViewOf(stored[0]) with { Uploads = stored.Count > 1 ? [.. stored.Select(ViewOf)] : null };
        await Answer.WriteAsync(context, StatusCodes.Status201Created, answer, WireJson.Readable.UploadResponse);
    }

    /// <summary>Refuses at once what no worker could read: machines of a cloud cannot see this one's disk.</summary>
    private async Task RequireReadersAsync(CancellationToken cancellation)
    {
        if (fleet is NoFleet or LocalProcessFleet || !options.Feederd.AllowEc2Launches)
            return;
        var nodes = await store.ListNodesAsync(cancellation);
        var now = clock.GetUtcNow();
        if (!nodes.Any(node => node.IsLocal && FleetHeadcount.IsResponding(node, now, options.Nommerd.LeaseSeconds)))
            throw ApiException.BadInput(
                "", "Workers run on machines of their own here and could not read an upload. Put the file into S3 and name "
                + "it as the job's source_path, for example s3://bucket/movie.mov.");
    }

    private async Task<IReadOnlyList<Upload>> ReceiveFilesAsync(HttpContext context)
    {
        try
        {
            return MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
                && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
                ? await new UploadForm(uploads, context).ReceiveAsync(HeaderUtilities.RemoveQuotes(type.Boundary).ToString())
                : [await uploads.ReceiveAsync(
                    context.Request.Body, NameOf(context.Request), context.Request.ContentLength, context.RequestAborted)];
        }
        catch (UploadTooLargeException e)
        {
            throw new ApiException(StatusCodes.Status413PayloadTooLarge, ApiErrors.TooLarge, e.Message);
        }
        catch (UploadDiskFullException e)
        {
            throw new ApiException(
                StatusCodes.Status507InsufficientStorage, ApiErrors.DiskFull, e.Message, retryable: true);
        }
        catch (InvalidDataException e)
        {
            // Empty, or a form that is none.
            throw ApiException.BadInput("", e.Message);
        }
    }

    private Task ListAsync(HttpContext context)
    {
        var answer = new UploadListResponse { Uploads = [.. uploads.List().Select(ViewOf)] };
        return Answer.OkAsync(context, answer, WireJson.Readable.UploadListResponse);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (uploads.Find(id) is not null && await readers.FindUnfinishedAsync(id, context.RequestAborted) is { } job)
            throw new ApiException(
                StatusCodes.Status409Conflict, ApiErrors.UploadInUse,
                $"Job {job.Id}, which is {job.State.ToWire()}, reads this upload. Wait until it has ended, or cancel it, and delete it then.");
        if (!uploads.Delete(id))
            throw new ApiException(
                StatusCodes.Status404NotFound, ApiErrors.NotFound,
                $"There is no upload '{id}'; GET /v1/uploads lists those that are kept.");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static string? NameOf(HttpRequest request)
    {
        if (QueryFields.Text(request.HttpContext, "filename") is { } given)
            return given;
        return ContentDispositionHeaderValue.TryParse(request.Headers.ContentDisposition.ToString(), out var disposition)
            ? HeaderUtilities.RemoveQuotes(
                disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString()
            : null;
    }

    private static UploadResponse ViewOf(Upload upload) => new()
    {
        Id = upload.Id,
        FileName = upload.File.Name,
        Size = upload.File.Length,
        SourcePath = upload.File.FullName,
        CreatedAt = upload.File.LastWriteTimeUtc,
    };
}
