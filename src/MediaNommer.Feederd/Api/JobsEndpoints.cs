using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;

using MediaNommer.Feederd.Api.Describing;

namespace MediaNommer.Feederd.Api;

/// <summary>Today's API for jobs: submit, show, list, cancel, retry, history, logs.</summary>
internal sealed class JobsEndpoints(
    JobIntake intake, JobListing listing, JobLifecycle lifecycle, IJobStore store)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/jobs", SubmitAsync).Describe(JobsDocs.Submit);
        routes.MapGet("/v1/jobs", ListAsync).Describe(JobsDocs.List);
        routes.MapGet("/v1/jobs/{id}", ShowAsync).Describe(JobsDocs.Show);
        routes.MapDelete("/v1/jobs/{id}", CancelAsync).Describe(JobsDocs.Cancel);
        routes.MapPost("/v1/jobs/{id}/retry", RetryAsync).Describe(JobsDocs.Retry);
        routes.MapGet("/v1/jobs/{id}/history", ShowHistoryAsync).Describe(JobsDocs.History);
        routes.MapGet("/v1/jobs/{id}/logs", ListLogsAsync).Describe(JobsDocs.Logs);
        routes.MapGet("/v1/jobs/{id}/log", ShowLogAsync).Describe(JobsDocs.Log);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        var (id, state) = await intake.AcceptAsync(context);
        context.SetLocation($"/v1/jobs/{id}");
        var accepted = new JobAcceptedResponse { Id = id, JobId = id, JobState = state.ToWire() };
        await Answer.WriteAsync(
            context, StatusCodes.Status201Created, accepted, WireJson.Readable.JobAcceptedResponse);
    }

    private async Task ListAsync(HttpContext context)
    {
        var query = JobListing.QueryFrom(
            QueryFields.Text(context, "state"), "state", QueryFields.Text(context, "label"),
            QueryFields.Text(context, "text"), QueryFields.Number(context, "limit", 1, JobQuery.MaxLimit),
            QueryFields.Text(context, "cursor"));
        var page = await listing.ReadAsync(query, context.RequestAborted);
        var answer = new JobListResponse { Jobs = [.. page.Jobs.Select(job => JobView.Of(job, context.SiteAddress()))], Cursor = page.Cursor };
        await Answer.OkAsync(context, answer, WireJson.Readable.JobListResponse);
    }

    private async Task ShowAsync(HttpContext context) =>
        await Answer.OkAsync(context, JobView.WhollyOf(await FindAsync(context), context.SiteAddress()), WireJson.Readable.JobResponse);

    private async Task CancelAsync(HttpContext context)
    {
        var result = await lifecycle.CancelAsync(IdIn(context), context.RequestAborted);
        var job = await FindAsync(context);
        if (result == UserActionResult.WrongState)
            throw WrongState($"Job {job.Id} is {job.State.ToWire()} already; only unfinished jobs can be cancelled.");
        var status = job.State.IsFinished() ? StatusCodes.Status200OK : StatusCodes.Status202Accepted;
        await Answer.WriteAsync(context, status, JobView.WhollyOf(job, context.SiteAddress()), WireJson.Readable.JobResponse);
    }

    private async Task RetryAsync(HttpContext context)
    {
        var result = await lifecycle.RetryAsync(IdIn(context), context.RequestAborted);
        var job = await FindAsync(context);
        if (result == UserActionResult.WrongState)
            throw WrongState(
                $"Job {job.Id} is {job.State.ToWire()}; only jobs that are ERROR, ABANDONED or CANCELLED can be retried.");
        await Answer.WriteAsync(
            context, StatusCodes.Status202Accepted, JobView.WhollyOf(job, context.SiteAddress()), WireJson.Readable.JobResponse);
    }

    private async Task ShowHistoryAsync(HttpContext context)
    {
        var events = await store.GetEventsAsync(IdIn(context), context.RequestAborted);
        if (events.Count == 0)
            throw ApiException.NoSuchJob(IdIn(context));
        var history = new HistoryResponse { JobId = IdIn(context), Events = [.. events.Select(JobView.Of)] };
        await Answer.OkAsync(context, history, WireJson.Readable.HistoryResponse);
    }

    private async Task ListLogsAsync(HttpContext context)
    {
        var job = await FindAsync(context);
        var attempts = new List<int>();
        for (var attempt = 1; attempt <= job.CurrentStep.Attempt; attempt++)
        {
            if (await store.GetLogAsync(job.Id, attempt, context.RequestAborted) is not null)
                attempts.Add(attempt);
        }

        var answer = new LogListResponse { JobId = job.Id, Attempts = attempts };
        await Answer.OkAsync(context, answer, WireJson.Readable.LogListResponse);
    }

    private async Task ShowLogAsync(HttpContext context)
    {
        var wanted = QueryFields.Number(context, "attempt", 1, int.MaxValue);
        var job = await FindAsync(context);
        if (QueryFields.Text(context, "live") is "true" or "1")
            await lifecycle.WatchLogAsync(job, context.RequestAborted);
        var log = await FindLogAsync(job, wanted, context.RequestAborted);
        if (log is null)
            throw new ApiException(
                StatusCodes.Status404NotFound, ApiErrors.LogNotFound,
                wanted is not null ? $"Attempt {wanted} of job {job.Id} has no log; GET /v1/jobs/{job.Id}/logs lists those that have."
                : job.State.IsFinished() ? $"Job {job.Id} has no log: it ended before anything was printed, or its worker was killed."
                : $"Job {job.Id} has no log yet; one is kept when an attempt ends, and sooner with live=true.");
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers["Nommer-Attempt"] = log.Attempt.ToString(null, null);
        await context.Response.WriteAsync(log.Text, context.RequestAborted);
    }

    private async Task<JobLog?> FindLogAsync(Job job, int? wanted, CancellationToken cancellation)
    {
        if (wanted is { } attempt)
            return await store.GetLogAsync(job.Id, attempt, cancellation);
        for (var last = job.CurrentStep.Attempt; last > 0; last--)
        {
            if (await store.GetLogAsync(job.Id, last, cancellation) is { } log)
                return log;
        }

        return null;
    }

    private async Task<Job> FindAsync(HttpContext context) =>
        await store.GetAsync(IdIn(context), context.RequestAborted) ?? throw ApiException.NoSuchJob(IdIn(context));

    private static string IdIn(HttpContext context) => (string)context.GetRouteValue("id")!;

    private static ApiException WrongState(string message) =>
        new(StatusCodes.Status409Conflict, ApiErrors.WrongState, message);
}
