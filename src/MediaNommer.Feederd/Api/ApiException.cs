namespace MediaNommer.Feederd.Api;

/// <summary>A request cannot be served; <see cref="ErrorResponses"/> turns it into the answer.</summary>
internal sealed class ApiException(
    int status, string code, string message, string? culprit = null, bool retryable = false) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    public string? Field => culprit;

    public bool Retryable => retryable;

    public static ApiException BadInput(string field, string message) =>
        new(StatusCodes.Status400BadRequest, ApiErrors.BadInput, message, field);

    public static ApiException NoSuchJob(string id) => new(
        StatusCodes.Status404NotFound, ApiErrors.NotFound,
        $"There is no job '{id}'. It may have been pruned; GET /v1/jobs lists those that are kept.");

    public static ApiException NoSuchRoute(string path) => new(
        StatusCodes.Status404NotFound, ApiErrors.NoSuchRoute,
        $"There is nothing at {path}; /openapi/v1.json lists all that there is.");
}

/// <summary>The codes of errors that are not about the contents of a job.</summary>
internal static class ApiErrors
{
    public const string BadInput = "BADINPUT";
    public const string NotFound = "NOT_FOUND";
    public const string NoSuchRoute = "NO_SUCH_ROUTE";
    public const string LogNotFound = "LOG_NOT_FOUND";
    public const string MethodNotAllowed = "METHOD_NOT_ALLOWED";
    public const string WrongState = "WRONG_STATE";
    public const string DestTaken = "DEST_TAKEN";
    public const string TooLarge = "TOO_LARGE";
    public const string KeyReused = "IDEMPOTENCY_KEY_REUSED";
    public const string Unauthorized = "UNAUTHORIZED";
    public const string ForeignHost = "FOREIGN_HOST";
    public const string ForeignOrigin = "FOREIGN_ORIGIN";
    public const string LinkExpired = "LINK_EXPIRED";
    public const string OutputGone = "OUTPUT_GONE";
    public const string OutputUnreadable = "OUTPUT_UNREADABLE";
    public const string UploadInUse = "UPLOAD_IN_USE";
    public const string DiskFull = "DISK_FULL";
    public const string Unavailable = "UNAVAILABLE";
    public const string Internal = "INTERNAL";
}
