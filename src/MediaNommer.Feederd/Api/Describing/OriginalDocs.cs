using MediaNommer.Client.Wire;

namespace MediaNommer.Feederd.Api.Describing;

/// <summary>What is said about the API of 2011.</summary>
internal static class OriginalDocs
{
    private const string Style =
        " The address may end in a slash, the Content-Type may be anything. Errors come as 200 with `success` false, "
        + "an `error_code` (BADINPUT, NOTFOUND, WRONG_STATE, IDEMPOTENCY_KEY_REUSED, UNAVAILABLE, INTERNAL) and a "
        + "`message`; only 401, 403, 404 for an unknown path and 405 keep their status.";

    public static EndpointDoc Submit { get; } = new(
        "originalSubmit", Parts.Original, "Submit a job",
        "As media-nommer of 2011 took it. When the answer says `success` the job is stored durably." + Style)
    {
        IsOriginal = true,
        Parameters = [Parts.IdempotencyKey],
        Body = new("The job.", typeof(JobRequest), JobsDocs.SubmitExample),
        Answers = [Parts.Json<OriginalResponse>("`success` and `job_id`, or the error.")],
    };

    public static EndpointDoc Status { get; } = new(
        "originalStatus", Parts.Original, "Show a job", "Everything about one job." + Style)
    {
        IsOriginal = true,
        Body = new("Which job.", typeof(OriginalJobRequest), """{"job_id": "0199d3a6e0c07f3a9d4be1b7a2c85f10"}"""),
        Answers = [Parts.Json<OriginalStatusResponse>("`success` and the job, or the error.")],
    };

    public static EndpointDoc List { get; } = new(
        "originalList", Parts.Original, "List jobs, newest first",
        "A page may be short, or empty, and still carry a `cursor`." + Style)
    {
        IsOriginal = true,
        Body = new("Which jobs.", typeof(OriginalListRequest), """{"job_state": "ENCODING", "limit": 50}"""),
        Answers = [Parts.Json<OriginalListResponse>("`success` and one page, or the error.")],
    };

    public static EndpointDoc Cancel { get; } = new(
        "originalCancel", Parts.Original, "Cancel a job",
        "A waiting job is cancelled at once, a running one as soon as its worker hears of it." + Style)
    {
        IsOriginal = true,
        Body = new("Which job.", typeof(OriginalJobRequest), """{"job_id": "0199d3a6e0c07f3a9d4be1b7a2c85f10"}"""),
        Answers = [Parts.Json<OriginalResponse>("`success` and `job_id`, or the error.")],
    };
}
