using MediaNommer.Client.Wire;

namespace MediaNommer.Feederd.Api.Describing;

/// <summary>What is said about outputs.</summary>
internal static class FilesDocs
{
    public static EndpointDoc File { get; } = new(
        "getFile", Parts.Outputs, "Fetch the output of a finished job",
        "Answers `Range` (one or several), `If-Range`, `If-None-Match` and the like, and HEAD. Needs an API key, or a link "
        + "of `POST /v1/jobs/{id}/link`. The output is read where the job put it, and only as long as it is still that file.")
    {
        Parameters =
        [
            Parts.JobId,
            new("name", ParameterPlace.Path, "The name of the file, as `output_url` has it."),
            new("download", ParameterPlace.Query, "`1`: browsers save the file instead of showing it."),
            new("Range", ParameterPlace.Header, "For example `bytes=0-1023`."),
        ],
        Answers =
        [
            new(200, "The file.", typeof(string), "application/octet-stream"),
            new(206, "The parts that were asked for.", typeof(string), "application/octet-stream"),
        ],
        Errors =
        [
            new(403, "The link has expired (code LINK_EXPIRED)."),
            new(404, "There is no such job, or its output has another name."),
            new(409, "The job is not FINISHED."),
            new(410, "The output was removed or replaced since (code OUTPUT_GONE)."),
            new(422, "feederd cannot read what lies there (code OUTPUT_UNREADABLE)."),
        ],
    };

    public static EndpointDoc Head { get; } = File with
    {
        OperationId = "headFile",
        Summary = "Ask about the output of a finished job",
        Answers = [new(200, "The headers of the file.")],
    };

    public static EndpointDoc Probe { get; } = new(
        "probe", Parts.Outputs, "Say what a source is",
        "Container, length and streams of what lies at an address. A file is looked at in place; of everything else at most 32 "
        + "MiB are fetched. Takes at most 30 s. The same addresses can be named as in a job.")
    {
        Body = new("The source.", typeof(ProbeRequest), "{\"source_path\": \"/srv/in/holiday.mov\"}"),
        Answers = [Parts.Json<SourceResponse>("What it is.")],
        Errors =
        [
            Parts.BadInput,
            Parts.TooLarge,
            new(422, "It is missing (code SOURCE_NOT_FOUND), or may not be read or is no media (SOURCE_UNREADABLE)."),
        ],
    };

    public static EndpointDoc Link { get; } = new(
        "linkFile", Parts.Outputs, "Make a link to an output",
        "The link needs no API key until it expires, so that a player or a colleague can use it. It also ends when the API "
        + "key that it was made with is removed.")
    {
        Parameters =
        [
            Parts.JobId,
            new("seconds", ParameterPlace.Query, "For how long, 1 to 604800; 21600 (6 hours) if left out.") { IsNumber = true },
        ],
        Answers = [Parts.Json<FileLinkResponse>("The link.")],
        Errors = [Parts.BadInput, Parts.NoSuchJob, new(409, "The job is not FINISHED.")],
    };
}
