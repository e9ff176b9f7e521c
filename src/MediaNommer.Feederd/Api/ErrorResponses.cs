using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;

namespace MediaNommer.Feederd.Api;

/// <summary>
/// Turns whatever went wrong into an answer: problem details (RFC 9457), or the original API's way of saying it.
/// </summary>
internal sealed partial class ErrorResponses(RequestDelegate next, ILogger<ErrorResponses> logger)
{
    private const string Server = "Microsoft.AspNetCore.Server.Kestrel.Core";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && FromRouting(context) is { } error)
                await WriteAsync(context, error);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to read an answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, Describe(context, e));
        }
        catch (Exception e)
        {
            // Half an answer is on its way already; breaking the connection is the only sign left.
            Log.BrokenAnswer(logger, e, context.Request.Path);
            context.Abort();
        }
    }

    private ApiException Describe(HttpContext context, Exception e)
    {
        switch (e)
        {
            case ApiException known:
                return known;
            case JobRequestException bad:
                return new(StatusCodes.Status400BadRequest, bad.Code, bad.Message, bad.Field);
            case BadHttpRequestException bad:
                return new(bad.StatusCode, ApiErrors.BadInput, bad.Message);
            case IOException broken when broken.Source == Server:
                // Kestrel says so of some bodies that are no HTTP, a chunk of 2^64 bytes among them.
                return new(StatusCodes.Status400BadRequest, ApiErrors.BadInput, $"The body cannot be read: {broken.Message}");
            case DestinationTakenException taken:
                return new(
                    StatusCodes.Status409Conflict, ApiErrors.DestTaken,
                    $"Job {taken.JobId} writes to the same destination and has not ended yet. Wait for it, name another "
                    + "destination, or say if_exists: overwrite.", "dest_path", retryable: true);
            case RecordTooLargeException large:
                return new(StatusCodes.Status413PayloadTooLarge, ApiErrors.TooLarge, large.Message);
            case BackendUnavailableException unavailable:
                Log.Unavailable(logger, e, context.Request.Path);
                return new(
                    StatusCodes.Status503ServiceUnavailable, ApiErrors.Unavailable, unavailable.Message,
                    retryable: true);
            default:
                Log.Unexpected(logger, e, context.Request.Method, context.Request.Path);
                return new(
                    StatusCodes.Status500InternalServerError, ApiErrors.Internal,
                    $"Something went wrong inside feederd; its log says more under {context.TraceIdentifier}.");
        }
    }

    private static ApiException? FromRouting(HttpContext context)
    {
        var path = context.Request.PathBase + context.Request.Path;
        return context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ApiException.NoSuchRoute(path),
            StatusCodes.Status405MethodNotAllowed => new ApiException(
                StatusCodes.Status405MethodNotAllowed, ApiErrors.MethodNotAllowed,
                $"{path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}."),
            _ => null,
        };
    }

    private static Task WriteAsync(HttpContext context, ApiException error)
    {
        if (OriginalEndpoints.Owns(context.Request.Path))
            return OriginalEndpoints.WriteErrorAsync(context, error);
        var problem = new ProblemResponse
        {
            Status = error.Status,
            Title = TitleOf(error.Status),
            Detail = error.Message,
            Code = error.Code,
            Retryable = error.Retryable,
            Field = string.IsNullOrEmpty(error.Field) ? null : error.Field,
        };
        return Answer.WriteAsync(context, error.Status, problem, WireJson.Readable.ProblemResponse, Answer.Problem);
    }

    private static string TitleOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "Bad request",
        StatusCodes.Status401Unauthorized => "API key needed",
        StatusCodes.Status403Forbidden => "Refused",
        StatusCodes.Status404NotFound => "Not found",
        StatusCodes.Status405MethodNotAllowed => "Wrong method",
        StatusCodes.Status409Conflict => "Conflict",
        StatusCodes.Status410Gone => "Gone",
        StatusCodes.Status413PayloadTooLarge => "Too large",
        StatusCodes.Status422UnprocessableEntity => "Cannot be served",
        StatusCodes.Status503ServiceUnavailable => "Not available now",
        StatusCodes.Status507InsufficientStorage => "Disk full",
        _ => "Error",
    };

    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Warning, "{Path}: the store or the queue is out of reach.")]
        public static partial void Unavailable(ILogger logger, Exception e, string path);

        [LoggerMessage(101, LogLevel.Error, "{Method} {Path} failed unexpectedly.")]
        public static partial void Unexpected(ILogger logger, Exception e, string method, string path);

        [LoggerMessage(102, LogLevel.Warning, "{Path}: the answer broke off.")]
        public static partial void BrokenAnswer(ILogger logger, Exception e, string path);
    }
}
