using System.Text.Json;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Jobs.Requests;

/// <summary>A request that was understood.</summary>
/// <param name="Spec">What is asked for.</param>
/// <param name="Remarks">Lines for the job's history: which options were translated or added.</param>
public sealed record JobSubmission(JobSpec Spec, IReadOnlyList<string> Remarks);

/// <summary>Turns the body of a submission into a <see cref="JobSpec"/>, or says what is wrong with it.</summary>
/// <param name="presets">The presets that jobs may name.</param>
/// <param name="secrets">Seals passwords in addresses.</param>
/// <param name="schemes">The schemes that sources and destinations may have.</param>
/// <param name="maxAttempts">For jobs that do not say it.</param>
/// <param name="otherNommers">The nommers beside ffmpeg, users' own; null when there are none.</param>
/// <param name="s3Profiles">The profiles that addresses of S3 may name; null when that is not to be checked.</param>
/// <param name="guard">Whom notifications may reach; null when that is not to be checked. Files are not looked at here.</param>
public sealed partial class JobRequestReader(
    PresetCatalog presets, SecretBox secrets, IReadOnlyCollection<string> schemes, int maxAttempts,
    INommerNames? otherNommers = null, IReadOnlyCollection<string>? s3Profiles = null,
    AddressGuard? guard = null)
{
    private const string DefaultNommer = "ffmpeg";
    private const string OriginalNommer = "FFmpegNommer";
    private const int MaxLabels = 50;
    private const int MaxLabelLength = 200;

    internal static readonly string[] Keys =
    [
        "source_path", "dest_path", "job_options", "preset", "notify_url", "notify_method", "priority", "labels",
        "allow_truncated", "keep_metadata", "max_attempts", "if_exists", "preserve_mtime",
    ];

    private static readonly string[] WebSchemes = ["http", "https"];

    /// <summary>For jobs that do not say it.</summary>
    public NotifyMethod NotifyMethod { get; init; }

    /// <summary>Reads a body.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="ifExists">What to do when the destination exists, unless the body says it.</param>
    /// <exception cref="JobRequestException">It is no JSON, or no request that can be served.</exception>
    public JobSubmission Read(ReadOnlyMemory<byte> utf8, IfExists ifExists = IfExists.Fail)
    {
        using var document = RequestJson.Parse(utf8);
        return Read(document.RootElement, ifExists);
    }

    /// <summary>Reads a body as clients of 2011 send it: what the original passed over is left out, and the remarks say so.</summary>
    /// <param name="utf8">The body.</param>
    /// <exception cref="JobRequestException">It is no JSON, or no request that can be served.</exception>
    public JobSubmission ReadOriginal(ReadOnlyMemory<byte> utf8)
    {
        using var document = RequestJson.Parse(utf8);
        var remarks = new List<string>();
        var submission = Read(OriginalBody.Adapt(document.RootElement, remarks), IfExists.Overwrite);
        return submission with { Remarks = [.. remarks, .. submission.Remarks] };
    }

    /// <summary>Reads a body that was parsed already.</summary>
    /// <param name="body">The body.</param>
    /// <param name="ifExists">What to do when the destination exists, unless the body says it.</param>
    /// <exception cref="JobRequestException">It is no request that can be served.</exception>
    public JobSubmission Read(JsonElement body, IfExists ifExists = IfExists.Fail)
    {
        var values = ValuesOf(body);
        var (source, dest) = ReadAddresses(values);
        var remarks = new List<string>();
        var spec = new JobSpec
        {
            Source = MediaUri.Seal(source.Text, secrets),
            Dest = MediaUri.Seal(dest.Text, secrets),
            Options = ReadOptions(values, dest, remarks),
            NotifyUrl = ReadNotifyUrl(values),
            NotifyMethod = ReadNotifyMethod(values),
            Priority = ReadPriority(values),
            Labels = ReadLabels(values),
            AllowTruncated = ReadFlag(values, "allow_truncated"),
            KeepMetadata = ReadFlag(values, "keep_metadata"),
            IfExists = ReadIfExists(values, ifExists),
            PreserveMtime = ReadFlag(values, "preserve_mtime"),
            MaxAttempts = values.TryGetValue("max_attempts", out var attempts)
                ? RequestJson.Number(attempts, "max_attempts", 1, 100)
                : maxAttempts,
        };
        return new JobSubmission(spec, remarks);
    }

    /// <summary>Reads the addresses of a body alone, so that they can be judged before everything else.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="isOriginal">True for a body as clients of 2011 send it.</param>
    /// <returns>The whole addresses of source and destination.</returns>
    /// <exception cref="JobRequestException">It is no JSON, or they cannot be used.</exception>
    public (string Source, string Dest) ReadAddresses(ReadOnlyMemory<byte> utf8, bool isOriginal)
    {
        using var document = RequestJson.Parse(utf8);
        var (source, dest) = ReadAddresses(ValuesOf(isOriginal ? OriginalBody.Adapt(document.RootElement, []) : document.RootElement));
        return (source.Text, dest.Text);
    }

    /// <summary>Reads a body that names a source and nothing else.</summary>
    /// <returns>The whole address.</returns>
    /// <exception cref="JobRequestException">It is no JSON, or no address that can be used.</exception>
    public string ReadSource(ReadOnlyMemory<byte> utf8)
    {
        using var document = RequestJson.Parse(utf8);
        var properties = RequestJson.Properties(document.RootElement, "");
        RequestJson.RequireKnown(properties, ["source_path"], "");
        return ReadSource(properties.ToDictionary(property => property.Name, property => property.Value)).Text;
    }

    private static Dictionary<string, JsonElement> ValuesOf(JsonElement body)
    {
        var properties = RequestJson.Properties(body, "");
        RequestJson.RequireKnown(properties, Keys, "");
        return properties
            .Where(property => property.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(property => property.Name, property => property.Value);
    }

    private JobAddress ReadSource(Dictionary<string, JsonElement> values)
    {
        var source = JobAddress.Read(RequireText(values, "source_path"), "source_path", schemes);
        if (source.IsFolder)
            throw new JobRequestException(
                JobRequestErrors.BadAddress, "source_path", "source_path is a folder; name a file.");
        RequireProfile(source, "source_path");
        return source;
    }

    private (JobAddress Source, JobAddress Dest) ReadAddresses(Dictionary<string, JsonElement> values)
    {
        var source = ReadSource(values);
        var dest = JobAddress.Read(RequireText(values, "dest_path"), "dest_path", schemes);
        if (dest.IsFolder)
            throw new JobRequestException(
                JobRequestErrors.BadAddress, "dest_path", "dest_path is a folder; name the file to write, for example out.mp4 in it.");
        if (dest.S3Parts?.WhyNotDest is { Length: > 0 } why)
            throw new JobRequestException(JobRequestErrors.BadAddress, "dest_path", $"dest_path {why}.");
        RequireProfile(dest, "dest_path");
        if (source.IsSameAs(dest))
            throw new JobRequestException(
                JobRequestErrors.BadAddress, "dest_path", "dest_path is the same as source_path; the source would be overwritten.");
        return (source, dest);
    }

    private void RequireProfile(JobAddress address, string field)
    {
        if (s3Profiles is null || address.S3Parts?.Profile is not { } profile
            || s3Profiles.Contains(profile, StringComparer.OrdinalIgnoreCase))
            return;
        var known = s3Profiles.Count == 0 ? "there are none" : $"known: {string.Join(", ", s3Profiles.Order(StringComparer.Ordinal))}";
        // What is no name may be a key.
        var name = S3Address.IsProfileName(profile) ? $" '{profile}'" : "";
        throw new JobRequestException(
            JobRequestErrors.BadAddress, field,
            $"{field} names a profile{name} that is not in the settings (Aws:Profiles); {known}. Keys are written s3://ID:SECRET@bucket/key.");
    }

    private MediaUri? ReadNotifyUrl(Dictionary<string, JsonElement> values)
    {
        if (!values.TryGetValue("notify_url", out var value))
            return null;
        var address = JobAddress.Read(RequestJson.Text(value, "notify_url"), "notify_url", WebSchemes);
        if (guard?.RefusalOfHook(address.Text) is { } refusal)
            throw new JobRequestException(JobRequestErrors.NotAllowed, "notify_url", $"notify_url cannot be used: {refusal}");
        return MediaUri.SealHook(address.Text, secrets);
    }

    private NotifyMethod ReadNotifyMethod(Dictionary<string, JsonElement> values)
    {
        if (!values.TryGetValue("notify_method", out var value))
            return NotifyMethod;
        var text = RequestJson.Text(value, "notify_method");
        return text.ToUpperInvariant() switch
        {
            "GET" => NotifyMethod.Get,
            "POST" => NotifyMethod.Post,
            _ => throw RequestJson.Bad(
                "notify_method", $"notify_method is '{RequestJson.Printable(text)}'; GET and POST are possible."),
        };
    }

    private static bool ReadFlag(Dictionary<string, JsonElement> values, string name) =>
        values.TryGetValue(name, out var value) && RequestJson.Flag(value, name);

    private static IfExists ReadIfExists(Dictionary<string, JsonElement> values, IfExists usual)
    {
        if (!values.TryGetValue("if_exists", out var value))
            return usual;
        var text = RequestJson.Text(value, "if_exists");
        return IfExistsNames.TryParse(text, out var choice)
            ? choice
            : throw RequestJson.Bad(
                "if_exists", $"if_exists is '{RequestJson.Printable(text)}'; possible: {string.Join(", ", IfExistsNames.All)}.");
    }

    private static JobPriority ReadPriority(Dictionary<string, JsonElement> values)
    {
        if (!values.TryGetValue("priority", out var value))
            return JobPriority.Normal;
        var text = RequestJson.Text(value, "priority");
        return JobPriorities.TryParse(text, out var priority)
            ? priority
            : throw RequestJson.Bad(
                "priority", $"priority is '{RequestJson.Printable(text)}'; possible: {string.Join(", ", JobPriorities.WireNames)}.");
    }

    private static IReadOnlyList<string> ReadLabels(Dictionary<string, JsonElement> values)
    {
        if (!values.TryGetValue("labels", out var value))
            return [];
        List<(string Label, string Field)> labels = value.ValueKind == JsonValueKind.Object
            ? [.. RequestJson.Properties(value, "labels").Select(pair => ReadLabel(pair.Name, pair.Value))]
            : [.. RequestJson.Elements(value, "labels", MaxLabels)
                .Select((label, i) => (RequestJson.Text(label, $"labels[{i}]"), $"labels[{i}]"))];
        if (labels.Count > MaxLabels)
            throw RequestJson.Bad("labels", $"labels holds {labels.Count} entries; at most {MaxLabels} are possible.");
        foreach (var (label, field) in labels)
        {
            if (string.IsNullOrWhiteSpace(label) || label.Length > MaxLabelLength || label.Any(char.IsControl))
                throw RequestJson.Bad(
                    field, $"{field} must have 1 to {MaxLabelLength} characters and no line breaks.");
        }

        return [.. labels.Select(pair => pair.Label).Distinct(StringComparer.Ordinal)];
    }

    private static (string Label, string Field) ReadLabel(string name, JsonElement value)
    {
        var field = $"labels.{RequestJson.Printable(name)}";
        var text = value.ValueKind switch
        {
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => RequestJson.Text(value, field),
        };
        return ($"{name}={text}", field);
    }

    private static string RequireText(Dictionary<string, JsonElement> values, string key) =>
        values.TryGetValue(key, out var value)
            ? RequestJson.Text(value, key)
            : throw RequestJson.Bad(key, $"{key} is missing.");
}
