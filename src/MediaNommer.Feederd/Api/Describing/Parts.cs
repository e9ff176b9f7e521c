using MediaNommer.Client.Wire;

namespace MediaNommer.Feederd.Api.Describing;

/// <summary>Parts that several descriptions share.</summary>
internal static class Parts
{
    public const string Jobs = "jobs";
    public const string Events = "events";
    public const string Fleet = "fleet";
    public const string Files = "uploads";
    public const string Outputs = "files";
    public const string Notifications = "notifications";
    public const string System = "system";
    public const string Original = "original";

    public static ParameterDoc JobId { get; } = new("id", ParameterPlace.Path, "The job's id.");

    public static ParameterDoc Limit { get; } =
        new("limit", ParameterPlace.Query, "The most entries of the page, 1 to 1000; 50 if left out.") { IsNumber = true };

    public static ParameterDoc Cursor { get; } =
        new("cursor", ParameterPlace.Query, "The `cursor` of the page before; left out for the first page.");

    public static ParameterDoc IdempotencyKey { get; } = new(
        "Idempotency-Key", ParameterPlace.Header,
        "1 to 255 characters of your own. The same key with the same contents within 24 hours gives the same job, so "
        + "that a submission can be repeated when its answer was lost.");

    public static AnswerDoc NoSuchJob { get; } = new(404, "There is no such job.");

    public static AnswerDoc BadInput { get; } = new(400, "Something is missing or wrong; `field` names it.");

    public static AnswerDoc TooLarge { get; } = new(413, "The body is larger than 2 MiB.");

    public static AnswerDoc Json<T>(string description, int status = 200) => new(status, description, typeof(T));
}
