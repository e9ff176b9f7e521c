using System.Text.Json;

namespace MediaNommer.Client.Wire;

/// <summary>A job to submit.</summary>
public sealed record JobRequest
{
    /// <summary>Where the source is: an absolute path or an address, for example <c>https://example.com/in.mov</c>.</summary>
    public required string SourcePath { get; init; }

    /// <summary>Where the output goes: an absolute path or an address.</summary>
    public required string DestPath { get; init; }

    /// <summary>What to do with it: a preset, or a nommer and its passes.</summary>
    public JobOptionsRequest? JobOptions { get; init; }

    /// <summary>The name of a preset, in place of <c>job_options</c>.</summary>
    public string? Preset { get; init; }

    /// <summary>An http or https address that is told when the job ends, or null.</summary>
    public string? NotifyUrl { get; init; }

    /// <summary><c>GET</c>: once, when the job has ended; <c>POST</c>: on every change of its state. Null: GET.</summary>
    public string? NotifyMethod { get; init; }

    /// <summary><c>high</c>, <c>normal</c> or <c>low</c>; null: normal.</summary>
    public string? Priority { get; init; }

    /// <summary>Free words to find the job by, for example <c>team=news</c>.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Accept an output that is shorter than its source says it should be.</summary>
    public bool? AllowTruncated { get; init; }

    /// <summary>Keep all of the source's metadata, position and device included, which presets for the web drop.</summary>
    public bool? KeepMetadata { get; init; }

    /// <summary>
    /// When the destination exists: <c>fail</c>, <c>overwrite</c>, or <c>skip</c>, which finishes the job and keeps what is
    /// there; null: feederd's setting.
    /// </summary>
    public string? IfExists { get; init; }

    /// <summary>Give the output the time at which its source was last changed, on file systems.</summary>
    public bool? PreserveMtime { get; init; }

    /// <summary>How many failed or vanished runs end the job; null: feederd's setting.</summary>
    public int? MaxAttempts { get; init; }
}

/// <summary>What to do with a source: either a preset, or a nommer and its passes.</summary>
public sealed record JobOptionsRequest
{
    /// <summary>The name of a preset, for example <c>web_720p</c>; then the rest is left out.</summary>
    public string? Preset { get; init; }

    /// <summary>The nommer: <c>ffmpeg</c>, one of a plug-in, or a dotted name of the original.</summary>
    public string? Nommer { get; init; }

    /// <summary>
    /// At most two passes: <c>[{"infile_options": [["ss", "1"]], "outfile_options": [["c:v", "libx264"], ["an", null]],
    /// "move_atom_to_front": true}]</c>.
    /// </summary>
    public JsonElement? Options { get; init; }
}

/// <summary>What became of a submission.</summary>
public sealed record JobAcceptedResponse
{
    /// <summary>The job's id: 32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The same id, under the original's name.</summary>
    public required string JobId { get; init; }

    /// <summary>Where the job stands, for example <c>PENDING</c>.</summary>
    public required string JobState { get; init; }
}
