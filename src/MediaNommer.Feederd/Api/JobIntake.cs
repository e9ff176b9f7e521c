using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Services;

namespace MediaNommer.Feederd.Api;

/// <summary>Accepts jobs, for the original API and today's alike.</summary>
internal sealed class JobIntake(
    JobRequestReader reader, JobLifecycle lifecycle, IJobStore store, SecretBox secrets, JobAddresses addresses,
    FleetScaler scaler, FeederdMetrics metrics)
{
    private const int MaxKeyLength = 255;

    /// <summary>Reads the request and stores the job durably.</summary>
    /// <returns>The id and state of the job: a new one, or the one of an earlier request with the same key.</returns>
    /// <exception cref="JobRequestException">The body is no request that can be served.</exception>
    /// <exception cref="ApiException">
    /// The body is too large, the idempotency key is unusable, or the destination is taken.
    /// </exception>
    public Task<(string JobId, JobState State)> AcceptAsync(HttpContext context) =>
        AcceptAsync(context, isOriginal: false, body => reader.Read(body, addresses.IfExists));

    /// <summary>The same for the API of 2011, whose jobs replace what they find unless they say otherwise.</summary>
    public Task<(string JobId, JobState State)> AcceptOriginalAsync(HttpContext context) =>
        AcceptAsync(context, isOriginal: true, body => reader.ReadOriginal(body));

    private async Task<(string JobId, JobState State)> AcceptAsync(
        HttpContext context, bool isOriginal, Func<ReadOnlyMemory<byte>, JobSubmission> read)
    {
        var key = ReadKey(context.Request);
        var body = await RequestBody.ReadAsync(context);
        var (source, dest) = reader.ReadAddresses(body, isOriginal);
        await addresses.RequireAllowedAsync(source, dest, context.RequestAborted);
        var request = read(body);
        // A repeated request is about a job that may have put its output there already.
        var spec = await addresses.NameAsync(
            request.Spec with { NotifyBody = BodyFor(context, request.Spec) }, mustBeFree: key is null, context.RequestAborted);
        var id = await lifecycle.SubmitAsync(spec, key, request.Remarks, context.RequestAborted);
        metrics.Submitted(request.Spec.Priority);
        scaler.Nudge();
        return (id, key is null ? JobState.Pending : await StateOfSameAsync(id, spec, context.RequestAborted));
    }

    /// <summary>The state of the job that a key led to, provided that it was submitted with the same contents.</summary>
    private async Task<JobState> StateOfSameAsync(string id, JobSpec spec, CancellationToken cancellation)
    {
        var job = await store.GetAsync(id, cancellation);
        if (job is null)
            return JobState.Pending;
        return FingerprintOf(job.Spec) == FingerprintOf(spec)
            ? job.State
            : throw new ApiException(
                StatusCodes.Status422UnprocessableEntity, ApiErrors.KeyReused,
                $"This Idempotency-Key was used within the last 24 hours for job {id}, which was submitted with other "
                + "contents. Use a new key for a new job.", "Idempotency-Key");
    }

    /// <summary>The contents of a job as one text. Sealed addresses are opened first: sealing is random.</summary>
    private string FingerprintOf(JobSpec spec)
    {
        MediaUri Opened(MediaUri uri) => new(uri.Reveal(secrets), null);
        var opened = spec with
        {
            Source = Opened(spec.Source),
            Dest = Opened(spec.Dest),
            NotifyUrl = spec.NotifyUrl is null ? null : Opened(spec.NotifyUrl),
            DestKey = null,
        };
        return JobJson.Write(new Job { Id = "", Spec = opened, Steps = [] });
    }

    private static NotifyBody BodyFor(HttpContext context, JobSpec spec) =>
        spec is { NotifyUrl: not null, NotifyMethod: NotifyMethod.Post } && !OriginalEndpoints.Owns(context.Request.Path)
            ? NotifyBody.Job
            : NotifyBody.Form;

    private static string? ReadKey(HttpRequest request)
    {
        var key = request.Headers["Idempotency-Key"];
        if (key.Count == 0)
            return null;
        var text = key.ToString();
        return text.Length is > 0 and <= MaxKeyLength && key.Count == 1
            ? text
            : throw ApiException.BadInput(
                "Idempotency-Key", $"Idempotency-Key must be given once and have 1 to {MaxKeyLength} characters.");
    }
}
