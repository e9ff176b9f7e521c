using MediaNommer.Client.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Api.Describing;
using MediaNommer.Feederd.Services;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace MediaNommer.Feederd.Api;

/// <summary>Takes files in, so that a browser or a remote client has a source to name.</summary>
internal sealed class UploadsEndpoints(
    Uploads uploads, IFleet fleet, IJobStore store, NommerOptions options, TimeProvider clock)
{
    private const int GenericIoError = unchecked((int)0x80131620);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/uploads", ReceiveAsync).Describe(UploadDocs.Upload);
        routes.MapGet("/v1/uploads", ListAsync).Describe(UploadDocs.List);
        routes.MapDelete("/v1/uploads/{id}", DeleteAsync).Describe(UploadDocs.Delete);
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        await RequireReadersAsync(context.RequestAborted);
        var upload = await ReceiveFileAsync(context);
        context.Response.Headers.Location = $"{context.SiteAddress()}/v1/uploads/{upload.Id}";
        await Answer.WriteAsync(
            context, StatusCodes.Status201Created, ViewOf(upload), WireJson.Readable.UploadResponse);
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

    private async Task<Upload> ReceiveFileAsync(HttpContext context)
    {
        try
        {
            return MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
                && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
                ? await ReceiveFormAsync(context, HeaderUtilities.RemoveQuotes(type.Boundary).ToString())
                : await uploads.ReceiveAsync(
                    context.Request.Body, NameOf(context.Request), context.Request.ContentLength,
                    context.RequestAborted);
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

    private async Task<Upload> ReceiveFormAsync(HttpContext context, string boundary)
    {
        if (boundary.Length == 0)
            throw ApiException.BadInput("Content-Type", "The Content-Type of the form names no boundary.");
        var reader = new MultipartReader(boundary, context.Request.Body);
        while (await NextSectionAsync(reader, context.RequestAborted) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                || !disposition.IsFileDisposition())
                continue;
            var name = HeaderUtilities.RemoveQuotes(
                disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
            return await ReceiveSectionAsync(section, QueryFields.Text(context, "filename") ?? name, context.RequestAborted);
        }

        throw ApiException.BadInput("file", "The form holds no file; send it as a part with a filename.");
    }

    private static async Task<MultipartSection?> NextSectionAsync(
        MultipartReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellation);
        }
        catch (IOException e) when (IsCutOff(e))
        {
            throw CutOff(e);
        }
    }

    private async Task<Upload> ReceiveSectionAsync(
        MultipartSection section, string name, CancellationToken cancellation)
    {
        try
        {
            return await uploads.ReceiveAsync(section.Body, name, length: null, cancellation);
        }
        catch (IOException e) when (IsCutOff(e))
        {
            throw CutOff(e);
        }
    }

    // The reader of forms throws a plain IOException; those of the disk carry the error number of the system.
    private static bool IsCutOff(IOException e) => e.GetType() == typeof(IOException) && e.HResult == GenericIoError;

    private static InvalidDataException CutOff(IOException e) => new("The form ends before its last boundary.", e);

    private Task ListAsync(HttpContext context)
    {
        var answer = new UploadListResponse { Uploads = [.. uploads.List().Select(ViewOf)] };
        return Answer.OkAsync(context, answer, WireJson.Readable.UploadListResponse);
    }

    private Task DeleteAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (!uploads.Delete(id))
            throw new ApiException(
                StatusCodes.Status404NotFound, ApiErrors.NotFound,
                $"There is no upload '{id}'; GET /v1/uploads lists those that are kept.");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
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
