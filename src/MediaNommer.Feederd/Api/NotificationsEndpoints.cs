using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Feederd.Services;

using MediaNommer.Feederd.Api.Describing;

namespace MediaNommer.Feederd.Api;

/// <summary>Shows what was told to the outside, and tells it again.</summary>
internal sealed class NotificationsEndpoints(IJobStore store, DeliveryDesk desk, Receivers receivers)
{
    private const int MaxReceivers = 100;

    private static readonly string[] StateNames = ["PENDING", "DELIVERED", "FAILED"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/notifications", ListAsync).Describe(NotificationDocs.List);
        routes.MapGet("/v1/notifications/{id}", ShowAsync).Describe(NotificationDocs.Show);
        routes.MapPost("/v1/notifications/{id}/replay", ReplayAsync).Describe(NotificationDocs.Replay);
    }

    private async Task ListAsync(HttpContext context)
    {
        var query = new NotificationQuery
        {
            JobId = QueryFields.Text(context, "job_id"),
            State = ReadState(QueryFields.Text(context, "state")),
            Limit = QueryFields.Number(context, "limit", 1, JobQuery.MaxLimit) ?? 50,
            Cursor = QueryFields.Text(context, "cursor"),
        };
        var page = await store.ListNotificationsAsync(query, context.RequestAborted);
        var answer = new NotificationListResponse
        {
            Notifications = [.. page.Notifications.Select(ViewOf)], Cursor = page.Cursor,
            Receivers = receivers.Read(MaxReceivers, ViewOf),
        };
        await Answer.OkAsync(context, answer, WireJson.Readable.NotificationListResponse);
    }

    private async Task ShowAsync(HttpContext context) =>
        await Answer.OkAsync(context, ViewOf(await FindAsync(context)), WireJson.Readable.NotificationResponse);

    private async Task ReplayAsync(HttpContext context)
    {
        if (!await desk.ReplayAsync(IdIn(context), context.RequestAborted))
            throw NoSuchNotification(context);
        await Answer.WriteAsync(
            context, StatusCodes.Status202Accepted, ViewOf(await FindAsync(context)),
            WireJson.Readable.NotificationResponse);
    }

    private async Task<NotificationRecord> FindAsync(HttpContext context) =>
        await store.GetNotificationAsync(IdIn(context), context.RequestAborted) ?? throw NoSuchNotification(context);

    private static NotificationState? ReadState(string? name)
    {
        if (name is null)
            return null;
        var index = Array.FindIndex(StateNames, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? (NotificationState)index
            : throw ApiException.BadInput(
                "state", $"state is not one of a notification; possible: {string.Join(", ", StateNames)}.");
    }

    private static ReceiverResponse ViewOf(Receiver receiver) => new()
    {
        Host = receiver.Host,
        Circuit = receiver.Circuit switch
        {
            Circuit.Closed => "CLOSED", Circuit.Open => "OPEN", _ => "HALF_OPEN",
        },
        Failures = receiver.Failures,
        OpenUntil = receiver.Circuit == Circuit.Open ? receiver.OpenUntil : null,
        Underway = receiver.Underway,
        Waiting = receiver.Waiting.Count,
        TimeoutSeconds = Math.Round(receiver.Timeout.TotalSeconds, 1),
        LastError = receiver.LastError,
    };

    private static NotificationResponse ViewOf(NotificationRecord record)
    {
        var notification = record.Notification;
        return new NotificationResponse
        {
            Id = notification.Id,
            JobId = notification.JobId,
            Url = notification.Url.DisplayOfHook,
            Method = JobView.NameOf(notification.Method),
            JobState = notification.JobState.ToWire(),
            JobStateDetails = notification.JobStateDetails,
            State = StateNames[(int)notification.State],
            CreatedAt = notification.CreatedAt,
            NextAttemptAt = notification.State == NotificationState.Pending ? notification.NextAttemptAt : null,
            ClaimedBy = notification.ClaimedBy,
            Deliveries = [.. record.Deliveries.Select(delivery => new DeliveryResponse
            {
                At = delivery.At,
                Milliseconds = delivery.Milliseconds,
                Status = delivery.Status,
                Error = delivery.Error,
            })],
        };
    }

    private static string IdIn(HttpContext context) => (string)context.GetRouteValue("id")!;

    private static ApiException NoSuchNotification(HttpContext context) => new(
        StatusCodes.Status404NotFound, ApiErrors.NotFound,
        $"There is no notification '{IdIn(context)}'; GET /v1/notifications lists those that are kept.");
}
