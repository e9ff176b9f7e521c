using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Api;
using MediaNommer.Feederd.Api.Describing;
using MediaNommer.Feederd.Services;
using Microsoft.Net.Http.Headers;

namespace MediaNommer.Feederd.Files;

/// <summary>Hands out the outputs of finished jobs, each only as long as it is still what the job put in place.</summary>
internal sealed class FilesEndpoints(
    IJobStore store, MediaStorages storages, SecretBox secrets, FileLinks links, FileLooks looks, TimeProvider clock)
{
    private const int DefaultSeconds = 6 * 3600;
    private const int MostSeconds = 7 * 86400;

    // An output may be of any type, and its name anybody's: nothing of it may run as a part of our page.
    private const string Policy =
        "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

    public void Map(IEndpointRouteBuilder routes)
    {
        const string path = "/v1/files/{id}/{name}";
        routes.MapGet(path, SendAsync).WithMetadata(new OpenToLinks()).Describe(FilesDocs.File);
        routes.MapMethods(path, [HttpMethods.Head], SendAsync).WithMetadata(new OpenToLinks()).Describe(FilesDocs.Head);
        routes.MapPost("/v1/jobs/{id}/link", LinkAsync).Describe(FilesDocs.Link);
    }

    private async Task SendAsync(HttpContext context)
    {
        var name = (string)context.GetRouteValue("name")!;
        var job = await FindAsync(context);
        if (name != job.Spec.Dest.FileName)
            throw new ApiException(
                StatusCodes.Status404NotFound, ApiErrors.NotFound,
                $"Job {job.Id} has no output '{name}'; its output is '{job.Spec.Dest.FileName}'.");
        await using var content = await OpenAsync(job, context.RequestAborted);
        var headers = context.Response.Headers;
        var type = ContentTypes.For(name);
        headers.ContentSecurityPolicy = IsShownByItself(type) ? Policy : $"sandbox; {Policy}";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = context.Request.Query.ContainsKey("signature") ? "cross-origin" : "same-origin";
        headers.CacheControl = "private, no-cache";
        headers.ContentDisposition = DispositionOf(name, context.Request.Query["download"].ToString() is not ("" or "0" or "false"));
        await new RangedAnswer(context, content, type).WriteAsync();
    }

    // In a sandbox the browser's own player is a stranger to its file, and may not load it.
    private static bool IsShownByItself(string type) =>
        type.StartsWith("video/", StringComparison.Ordinal) || type.StartsWith("audio/", StringComparison.Ordinal)
        || type.StartsWith("image/", StringComparison.Ordinal);

    private async Task LinkAsync(HttpContext context)
    {
        var seconds = QueryFields.Number(context, "seconds", 1, MostSeconds) ?? DefaultSeconds;
        var job = await FindAsync(context);
        var until = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds() + seconds);
        var query = links.QueryFor(context, job.Id, job.Spec.Dest.FileName, until);
        var answer = new FileLinkResponse { Url = JobView.OutputUrlOf(job, context.SiteAddress()) + query, ExpiresAt = until };
        await Answer.OkAsync(context, answer, WireJson.Readable.FileLinkResponse);
    }

    /// <summary>The job, when it has an output.</summary>
    private async Task<Job> FindAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        var job = await store.GetAsync(id, context.RequestAborted) ?? throw ApiException.NoSuchJob(id);
        if (job.KeptWhatWasThere)
            throw new ApiException(
                StatusCodes.Status409Conflict, ApiErrors.WrongState, $"Job {id} kept what was at its destination and has no output of its own.");
        return job.State == JobState.Finished ? job : throw new ApiException(
            StatusCodes.Status409Conflict, ApiErrors.WrongState,
            $"Job {id} is {job.State.ToWire()}; only a FINISHED job has an output.", retryable: !job.State.IsFinished());
    }

    private async Task<IMediaContent> OpenAsync(Job job, CancellationToken cancellation)
    {
        IMediaContent? content;
        try
        {
            var address = job.Spec.Dest.Reveal(secrets);
            content = await looks.OpenAsync(storages.For(address), address, cancellation);
        }
        catch (MediaStorageException e)
        {
            throw Refuse(job, e);
        }

        if (content is null)
            throw Unreadable(job, $"feederd cannot read {job.Spec.Dest.Scheme}:// addresses in parts; get it there.");
        if (IsStill(job.Output, content))
            return content;
        await content.DisposeAsync();
        throw Gone(job, "another file has taken its place since");
    }

    /// <summary>Jobs of older versions have no revision, and some storages tell none.</summary>
    private static bool IsStill(OutputFacts? output, IMediaContent content) =>
        output is null
        || (output.Size == content.Size && (output.Revision is null || content.Revision is null || output.Revision == content.Revision));

    private static ApiException Refuse(Job job, MediaStorageException e)
    {
        if (e.Code == MediaStorageErrors.SourceNotFound)
            return Gone(job, "it was removed or moved since, or lies on another machine");
        return e.IsTransient
            ? new ApiException(
                StatusCodes.Status503ServiceUnavailable, ApiErrors.Unavailable,
                $"The output of job {job.Id} cannot be read now. {e.Message}", retryable: true)
            : Unreadable(job, e.Message);
    }

    private static ApiException Gone(Job job, string why) => new(
        StatusCodes.Status410Gone, ApiErrors.OutputGone,
        $"The output of job {job.Id} is no longer at {job.Spec.Dest}: {why}. Submit the job again to make a new one.");

    private static ApiException Unreadable(Job job, string why) => new(
        StatusCodes.Status422UnprocessableEntity, ApiErrors.OutputUnreadable,
        $"feederd cannot read the output of job {job.Id} at {job.Spec.Dest}: {why}");

    private static string DispositionOf(string name, bool isDownload)
    {
        var disposition = new ContentDispositionHeaderValue(isDownload ? "attachment" : "inline");
        disposition.SetHttpFileName(SafeFileName.Of(name));
        return disposition.ToString();
    }
}
