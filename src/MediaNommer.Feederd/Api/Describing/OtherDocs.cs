using MediaNommer.Client.Wire;

namespace MediaNommer.Feederd.Api.Describing;

/// <summary>What is said about server-sent events.</summary>
internal static class EventDocs
{
    private const string EventStream = "text/event-stream";

    private const string Style =
        " Each event is `state` or `progress`; its data is the job as JSON, with `reason` where the history has one. A "
        + "comment comes every 15 seconds. A listener that reads slowly gets fewer `progress` events.";

    public static EndpointDoc One { get; } = new(
        "watchJob", Parts.Events, "Follow one job until it has ended",
        "Begins with the job as it stands; with `Last-Event-ID`, with everything since." + Style)
    {
        Parameters =
        [
            Parts.JobId,
            new("Last-Event-ID", ParameterPlace.Header, "The id of the last event that was received.") { IsNumber = true },
        ],
        Answers = [new(200, "The events; the stream ends when the job has.", typeof(JobEventResponse), EventStream)],
        Errors = [Parts.NoSuchJob],
    };

    public static EndpointDoc All { get; } = new(
        "watchJobs", Parts.Events, "Follow all jobs",
        "Changes of state of all jobs, and the progress of up to 100 running ones; of changes that follow each other "
        + "at once only the last. List the jobs first; `Last-Event-ID` is passed over." + Style)
    {
        Answers = [new(200, "The events, for ever.", typeof(JobEventResponse), EventStream)],
    };
}

/// <summary>What is said about workers.</summary>
internal static class FleetDocs
{
    public static EndpointDoc Nodes { get; } = new(
        "listNodes", Parts.Fleet, "List workers", "Every worker as it last reported itself, whoever started it.")
    {
        Answers = [Parts.Json<NodeListResponse>("The workers.")],
    };

    public static EndpointDoc Fleet { get; } = new(
        "getFleet", Parts.Fleet, "Show the fleet and the scaler's last decision",
        "What this feederd launched, the workload, and why the fleet has the size it has.")
    {
        Answers = [Parts.Json<FleetResponse>("The fleet.")],
    };
}

/// <summary>What is said about notifications.</summary>
internal static class NotificationDocs
{
    private static readonly ParameterDoc Id = new("id", ParameterPlace.Path, "The notification's id.");
    private static readonly AnswerDoc NoSuchNotification = new(404, "There is no such notification.");

    public static EndpointDoc List { get; } = new(
        "listNotifications", Parts.Notifications, "List notifications, newest first",
        "Calls of `notify_url`, with every attempt to deliver them.")
    {
        Parameters =
        [
            new("job_id", ParameterPlace.Query, "Only those of this job."),
            new("state", ParameterPlace.Query, "Only those in this state.") { Values = ["PENDING", "DELIVERED", "FAILED"] },
            Parts.Limit,
            Parts.Cursor,
        ],
        Answers = [Parts.Json<NotificationListResponse>("One page.")],
        Errors = [Parts.BadInput],
    };

    public static EndpointDoc Show { get; } = new(
        "getNotification", Parts.Notifications, "Show a notification", "One notification and its deliveries.")
    {
        Parameters = [Id],
        Answers = [Parts.Json<NotificationResponse>("The notification.")],
        Errors = [NoSuchNotification],
    };

    public static EndpointDoc Replay { get; } = new(
        "replayNotification", Parts.Notifications, "Deliver a notification again",
        "Whatever became of it before; a waiting one is tried at once.")
    {
        Parameters = [Id],
        Answers = [Parts.Json<NotificationResponse>("It will be delivered.", 202)],
        Errors = [NoSuchNotification],
    };
}

/// <summary>What is said about uploads.</summary>
internal static class UploadDocs
{
    private static readonly ParameterDoc Id = new("id", ParameterPlace.Path, "The upload's id.");
    private static readonly AnswerDoc NoSuchUpload = new(404, "There is no such upload.");

    public static EndpointDoc Upload { get; } = new(
        "upload", Parts.Files, "Upload a file",
        "The file as the body, whole and as it is (no Content-Range, no Content-Encoding), or files in a form, all of which are "
        + "stored, or none. They go straight to disk; one that breaks off leaves nothing behind. Uploads are deleted together with the jobs of their time.")
    {
        Parameters = [new("filename", ParameterPlace.Query, "The file's name; or send it as Content-Disposition.")],
        Body = new("The file.", Type: null),
        Answers = [Parts.Json<UploadResponse>("`source_path` is what to submit a job with; `uploads` lists all files of a form that held several.", 201)],
        Errors =
        [
            Parts.BadInput, new(413, "The file is larger than Feederd:MaxUploadBytes."), new(507, "The disk is full."),
        ],
    };

    public static EndpointDoc List { get; } = new(
        "listUploads", Parts.Files, "List uploads", "Newest first.")
    {
        Answers = [Parts.Json<UploadListResponse>("The uploads.")],
    };

    public static EndpointDoc Delete { get; } = new(
        "deleteUpload", Parts.Files, "Delete an upload", "Not while an unfinished job reads it.")
    {
        Parameters = [Id],
        Answers = [new(204, "It is gone.")],
        Errors = [NoSuchUpload, new(409, "An unfinished job reads it; `detail` names the job.")],
    };
}

/// <summary>What is said about feederd itself.</summary>
internal static class SystemDocs
{
    public static EndpointDoc Health { get; } = new(
        "getHealth", Parts.System, "Whether feederd is alive", "Needs no API key.")
    {
        Answers = [Parts.Json<HealthResponse>("It is.")],
    };

    public static EndpointDoc Ready { get; } = new(
        "getReadiness", Parts.System, "Whether store and queue answer", "Needs no API key.")
    {
        Answers = [Parts.Json<HealthResponse>("They do.")],
        Errors = [new(503, "They do not; `detail` says which.")],
    };

    public static EndpointDoc Metrics { get; } = new(
        "getMetrics", Parts.System, "Metrics for Prometheus",
        "Jobs by state, jobs submitted, queue depths, workers, notifications, durations of HTTP requests.")
    {
        Answers = [new(200, "The metrics.", typeof(string), "text/plain")],
    };

    public static EndpointDoc About { get; } = new(
        "getAbout", Parts.System, "What there is to know about this feederd", "Version, backend, limits.")
    {
        Answers = [Parts.Json<AboutResponse>("It.")],
    };

    public static EndpointDoc Presets { get; } = new(
        "listPresets", Parts.System, "List presets", "The built-in ones and those of the configuration.")
    {
        Answers = [Parts.Json<PresetListResponse>("The presets.")],
    };

    public static EndpointDoc Wipe { get; } = new(
        "wipe", Parts.System, "Delete everything",
        "Deletes all jobs, nodes and notifications for good, and empties the queues. Running jobs stop. Files stay.")
    {
        Body = new("The confirmation.", typeof(WipeRequest), """{"confirm": true}"""),
        Answers = [Parts.Json<WipeResponse>("It is done.")],
        Errors = [Parts.BadInput],
    };
}
