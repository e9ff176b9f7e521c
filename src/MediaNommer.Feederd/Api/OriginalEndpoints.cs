using System.Text.Json;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;

using MediaNommer.Feederd.Api.Describing;

namespace MediaNommer.Feederd.Api;

/// <summary>
/// The API of 2011, kept to the letter: POST with or without the last slash, JSON whatever the Content-Type, and HTTP
/// 200 for whatever is about the request itself.
/// </summary>
internal sealed class OriginalEndpoints(
    JobIntake intake, JobListing listing, JobLifecycle lifecycle, IJobStore store)
{
    private const string IdExample = "{\"job_id\": \"...\"}";

    private static readonly string[] ListFields = ["job_state", "limit", "cursor"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/job/submit", SubmitAsync).Describe(OriginalDocs.Submit);
        routes.MapPost("/job/status", ShowAsync).Describe(OriginalDocs.Status);
        routes.MapPost("/job/list", ListAsync).Describe(OriginalDocs.List);
        routes.MapPost("/job/cancel", CancelAsync).Describe(OriginalDocs.Cancel);
    }

    /// <summary>Whether errors under this path are told in the original's way.</summary>
    public static bool Owns(PathString path) => path.StartsWithSegments("/job");

    /// <summary>Tells an error in the original's way.</summary>
    public static Task WriteErrorAsync(HttpContext context, ApiException error)
    {
        var answer = new OriginalResponse
        {
            Success = false,
            ErrorCode = CodeOf(error),
            Message = string.IsNullOrEmpty(error.Field) || error.Message.Contains(error.Field, StringComparison.Ordinal)
                ? error.Message
                : $"{error.Field}: {error.Message}",
        };
        return Answer.WriteAsync(context, StatusOf(error), answer, WireJson.Readable.OriginalResponse);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        var (id, _) = await intake.AcceptOriginalAsync(context);
        await SucceedAsync(context, id);
    }

    private async Task ShowAsync(HttpContext context)
    {
        var id = await ReadIdAsync(context);
        var job = await store.GetAsync(id, context.RequestAborted) ?? throw ApiException.NoSuchJob(id);
        await Answer.OkAsync(context, JobView.OriginalOf(job, context.SiteAddress()), WireJson.Readable.OriginalStatusResponse);
    }

    private async Task ListAsync(HttpContext context)
    {
        JobQuery query;
        bool isPlain;
        using (var body = await RequestBody.ReadObjectAsync(context, "{\"job_state\": \"ENCODING\", \"limit\": 50}"))
        {
            query = JobListing.QueryFrom(
                Text(body.RootElement, "job_state"), "job_state", label: null, text: null,
                Number(body.RootElement, "limit", 1, JobQuery.MaxLimit), Text(body.RootElement, "cursor"));
            isPlain = Array.TrueForAll(ListFields, name => !body.RootElement.TryGetProperty(name, out _));
        }

        var page = await listing.ReadAsync(query, context.RequestAborted);
        if (isPlain)
            page = await listing.WithUnfinishedAsync(page, context.RequestAborted);
        var answer = new OriginalListResponse
        {
            Success = true, Jobs = [.. page.Jobs.Select(job => JobView.Of(job, context.SiteAddress()))], Cursor = page.Cursor,
        };
        await Answer.OkAsync(context, answer, WireJson.Readable.OriginalListResponse);
    }

    private async Task CancelAsync(HttpContext context)
    {
        var id = await ReadIdAsync(context);
        var result = await lifecycle.CancelAsync(id, context.RequestAborted);
        if (result == UserActionResult.NotFound)
            throw ApiException.NoSuchJob(id);
        if (result == UserActionResult.WrongState)
            throw new ApiException(
                StatusCodes.Status409Conflict, ApiErrors.WrongState,
                $"Job {id} has ended already; only unfinished jobs can be cancelled.");
        await SucceedAsync(context, id);
    }

    private static Task SucceedAsync(HttpContext context, string id) => Answer.OkAsync(
        context, new OriginalResponse { Success = true, JobId = id }, WireJson.Readable.OriginalResponse);

    // Errors about getting in at all keep their status: a 401 is what makes old clients send their password.
    private static int StatusOf(ApiException error) => error.Status is
        StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status405MethodNotAllowed
            || error is { Status: StatusCodes.Status404NotFound, Code: ApiErrors.NoSuchRoute }
        ? error.Status
        : StatusCodes.Status200OK;

    private static string CodeOf(ApiException error) => error.Status switch
    {
        StatusCodes.Status400BadRequest or StatusCodes.Status413PayloadTooLarge => ApiErrors.BadInput,
        StatusCodes.Status404NotFound => "NOTFOUND",
        _ => error.Code,
    };

    private static async Task<string> ReadIdAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadObjectAsync(context, IdExample);
        return Text(body.RootElement, "job_id")
            ?? throw ApiException.BadInput("job_id", $"job_id is missing; send an object such as {IdExample}.");
    }

    private static string? Text(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw ApiException.BadInput(name, $"{name} must be a text.");
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which is JSON but no text.
            throw ApiException.BadInput(name, $"{name} is not valid Unicode.");
        }
    }

    private static int? Number(JsonElement body, string name, int min, int max)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            && number >= min && number <= max
            ? number
            : throw ApiException.BadInput(name, $"{name} must be a whole number from {min} to {max}.");
    }
}
