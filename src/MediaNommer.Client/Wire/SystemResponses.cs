using System.Text.Json.Serialization;

namespace MediaNommer.Client.Wire;

/// <summary>All presets.</summary>
public sealed record PresetListResponse
{
    /// <summary>The presets, in the order of their names.</summary>
    public IReadOnlyList<PresetResponse> Presets { get; init; } = [];
}

/// <summary>A preset: a name for a set of options.</summary>
public sealed record PresetResponse
{
    /// <summary>The name to submit jobs with.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <summary>The nommer that runs it.</summary>
    public required string Nommer { get; init; }

    /// <summary>The file-name ending that its outputs should have, without the dot.</summary>
    public required string Extension { get; init; }

    /// <summary>The passes.</summary>
    public IReadOnlyList<PassResponse> Options { get; init; } = [];
}

/// <summary>A file that was uploaded.</summary>
public sealed record UploadResponse
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The file's name, made safe.</summary>
    public required string FileName { get; init; }

    /// <summary>Size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>What to submit a job with as its <c>source_path</c>.</summary>
    public required string SourcePath { get; init; }

    /// <summary>When it arrived.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Every file of a form that held several, the first one included; null for a single file.</summary>
    public IReadOnlyList<UploadResponse>? Uploads { get; init; }
}

/// <summary>A link to an output that needs no API key for a while.</summary>
public sealed record FileLinkResponse
{
    /// <summary>The link.</summary>
    public required string Url { get; init; }

    /// <summary>Until when it opens the output.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Everything that has been uploaded and not been removed.</summary>
public sealed record UploadListResponse
{
    /// <summary>The uploads, newest first.</summary>
    public IReadOnlyList<UploadResponse> Uploads { get; init; } = [];
}

/// <summary>What a client may want to know about this feederd.</summary>
public sealed record AboutResponse
{
    /// <summary>The version of media-nommer.</summary>
    public required string Version { get; init; }

    /// <summary>The name of the store and queue, for example <c>Sqlite</c>.</summary>
    public required string Backend { get; init; }

    /// <summary>What the feederd that answers is called, for example <c>vm-5022-b400d9</c>.</summary>
    public string Feederd { get; init; } = "";

    /// <summary>
    /// The one of all feederds with this store that delivers notifications and looks after jobs and workers; null when none
    /// does.
    /// </summary>
    public string? OnDuty { get; init; }

    /// <summary>A folder for outputs on feederd's machine, for those who have no better place.</summary>
    public required string OutputDir { get; init; }

    /// <summary>The largest upload in bytes.</summary>
    public long MaxUploadBytes { get; init; }
}

/// <summary>Whether feederd is alive, or ready to work.</summary>
public sealed record HealthResponse
{
    /// <summary><c>ok</c>.</summary>
    public required string Status { get; init; }
}

/// <summary>Says that everything shall be deleted.</summary>
public sealed record WipeRequest
{
    /// <summary>Must be true.</summary>
    public bool Confirm { get; init; }
}

/// <summary>Everything was deleted.</summary>
public sealed record WipeResponse
{
    /// <summary>True.</summary>
    public bool Wiped { get; init; }
}

/// <summary>An error, as RFC 9457 problem details.</summary>
public sealed record ProblemResponse
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>What kind of error it is, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What is wrong, and the remedy.</summary>
    public required string Detail { get; init; }

    /// <summary>What kind of error it is, for programs: for example <c>BADINPUT</c> or <c>NOT_FOUND</c>.</summary>
    public required string Code { get; init; }

    /// <summary>True when the same request may succeed later.</summary>
    public bool Retryable { get; init; }

    /// <summary>The field that is wrong, for example <c>job_options.options[0]</c>; left out when it is about none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Field { get; init; }
}
