using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Feederd.Api.Describing;

/// <summary>What is said about today's API for jobs.</summary>
internal static class JobsDocs
{
    public const string SubmitExample =
        """
        {"source_path": "/srv/in/holiday.mov", "dest_path": "/srv/out/holiday.mp4",
         "job_options": {"preset": "web_720p"}, "priority": "normal", "labels": ["team=news"]}
        """;

    public static EndpointDoc Submit { get; } = new(
        "submitJob", Parts.Jobs, "Submit a job",
        "When the answer is 201 the job is stored durably and will reach a finished state. The body is read as JSON "
        + "whatever its Content-Type.")
    {
        Parameters = [Parts.IdempotencyKey],
        Body = new("The job.", typeof(JobRequest), SubmitExample),
        Answers = [Parts.Json<JobAcceptedResponse>("The job was accepted; `Location` is its address.", 201)],
        Errors =
        [
            Parts.BadInput, Parts.TooLarge, new(422, "The Idempotency-Key was used with other contents."),
            new(409, "DEST_EXISTS: the destination exists; DEST_TAKEN: another unfinished job writes to it."),
        ],
    };

    public static EndpointDoc List { get; } = new(
        "listJobs", Parts.Jobs, "List jobs, newest first",
        "A page may be short, or empty, and still carry a `cursor`: a rare text is looked for during half a second per "
        + "page. The list has ended when `cursor` is null.")
    {
        Parameters =
        [
            new("state", ParameterPlace.Query, "Only jobs in this state.") { Values = JobStates.WireNames },
            new("label", ParameterPlace.Query, "Only jobs with this label."),
            new("text", ParameterPlace.Query, "Only jobs whose source or destination holds this text, in any case."),
            Parts.Limit,
            Parts.Cursor,
        ],
        Answers = [Parts.Json<JobListResponse>("One page.")],
        Errors = [Parts.BadInput],
    };

    public static EndpointDoc Show { get; } = new(
        "getJob", Parts.Jobs, "Show a job", "Everything about one job. Secrets in addresses are replaced by asterisks.")
    {
        Parameters = [Parts.JobId],
        Answers = [Parts.Json<JobResponse>("The job.")],
        Errors = [Parts.NoSuchJob],
    };

    public static EndpointDoc Cancel { get; } = new(
        "cancelJob", Parts.Jobs, "Cancel a job",
        "A waiting job is cancelled at once (200), a running one as soon as its worker hears of it (202).")
    {
        Parameters = [Parts.JobId],
        Answers =
        [
            Parts.Json<JobResponse>("The job is cancelled."),
            Parts.Json<JobResponse>("The worker will be told.", 202),
        ],
        Errors = [Parts.NoSuchJob, new(409, "The job has ended already.")],
    };

    public static EndpointDoc Retry { get; } = new(
        "retryJob", Parts.Jobs, "Retry a job that ended without a result",
        "Puts an ERROR, ABANDONED or CANCELLED job back into its queue, with all its attempts.")
    {
        Parameters = [Parts.JobId],
        Answers = [Parts.Json<JobResponse>("The job waits again.", 202)],
        Errors = [Parts.NoSuchJob, new(409, "The job is not in one of these states, or another writes to its destination now.")],
    };

    public static EndpointDoc History { get; } = new(
        "getJobHistory", Parts.Jobs, "Show a job's history",
        "Every change of state and everything else worth knowing, with time, attempt, worker and reason.")
    {
        Parameters = [Parts.JobId],
        Answers = [Parts.Json<HistoryResponse>("The history, oldest first.")],
        Errors = [Parts.NoSuchJob],
    };

    public static EndpointDoc Logs { get; } = new(
        "listJobLogs", Parts.Jobs, "List the attempts that have a log", "A log is kept when an attempt ends.")
    {
        Parameters = [Parts.JobId],
        Answers = [Parts.Json<LogListResponse>("The attempts.")],
        Errors = [Parts.NoSuchJob],
    };

    public static EndpointDoc Log { get; } = new(
        "getJobLog", Parts.Jobs, "Show what ffmpeg printed",
        "The log of one attempt; the header `Nommer-Attempt` says of which. The front of a long log is cut. With `live=true` "
        + "the worker of a running job is asked to store its log while it works, for the next minute; ask again every few "
        + "seconds. It comes with the worker's looks (`Nommerd:ProgressInterval`).")
    {
        Parameters =
        [
            Parts.JobId,
            new("attempt", ParameterPlace.Query, "From 1; the last that has a log if left out.") { IsNumber = true },
            new("live", ParameterPlace.Query, "`true`: ask the worker of a running job for its log.") { Values = ["true", "false"] },
        ],
        Answers = [new(200, "The log.", typeof(string), "text/plain")],
        Errors = [Parts.BadInput, new(404, "There is no such job, or no such log (code LOG_NOT_FOUND).")],
    };
}
