using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Api;

namespace MediaNommer.Feederd.Services;

/// <summary>What a receiver of notifications is sent; docs/api.md describes it.</summary>
internal static class WebhookMessage
{
    private const string JobId = "Nommer-Job-Id";
    private const string JobState = "Nommer-Job-State";
    private const string DeliveryId = "Nommer-Delivery-Id";
    private const string Timestamp = "Nommer-Timestamp";
    private const string Signature = "Nommer-Signature";

    /// <summary>Makes the request, for one try: a signature holds for its time only.</summary>
    /// <param name="notification">What to tell.</param>
    /// <param name="job">Its job as it stands now; only a body of JSON needs it.</param>
    /// <param name="url">Whom to tell.</param>
    /// <param name="settings">What to sign with, and the address of this feederd that addresses in the body begin with.</param>
    /// <param name="now">The time.</param>
    public static HttpRequestMessage Make(Notification notification, Job? job, Uri url, FeederdOptions settings, DateTimeOffset now)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (url.UserInfo.Length > 0)
            request.Headers.Authorization = Basic(url.UserInfo);
        request.Headers.Add(JobId, notification.JobId);
        request.Headers.Add(JobState, notification.JobState.ToWire());
        request.Headers.Add(DeliveryId, notification.Id);
        byte[] body = [];
        if (notification.Method == NotifyMethod.Post)
        {
            body = notification.Body == NotifyBody.Job ? JsonOf(notification, job, settings) : FormOf(notification);
            request.Method = HttpMethod.Post;
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(
                notification.Body == NotifyBody.Job ? "application/json" : "application/x-www-form-urlencoded");
        }

        if (settings.NotifySecret.Length > 0)
            Sign(request, body, settings.NotifySecret, now);
        return request;
    }

    private static void Sign(HttpRequestMessage request, byte[] body, string secret, DateTimeOffset now)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp), (byte)'.', .. body];
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        request.Headers.Add(Timestamp, timestamp);
        request.Headers.Add(Signature, $"sha256={Convert.ToHexStringLower(mac)}");
    }

    private static byte[] JsonOf(Notification notification, Job? job, FeederdOptions settings) => JsonSerializer.SerializeToUtf8Bytes(
        new NotificationBody
        {
            DeliveryId = notification.Id,
            JobId = notification.JobId,
            JobState = notification.JobState.ToWire(),
            JobStateDetails = notification.JobStateDetails,
            At = notification.CreatedAt,
            Job = job is null ? null : JobView.WhollyOf(job, settings.PublicUrl.TrimEnd('/')),
        },
        WireJson.Readable.NotificationBody);

    // The form of the original's last versions.
    private static byte[] FormOf(Notification notification)
    {
        var fields = new (string Name, string Value)[]
        {
            ("unique_id", notification.JobId), ("job_state", notification.JobState.ToWire()),
            ("job_state_details", notification.JobStateDetails ?? ""),
        };
        return Encoding.ASCII.GetBytes(string.Join('&', fields.Select(
            field => $"{field.Name}={Uri.EscapeDataString(field.Value).Replace("%20", "+", StringComparison.Ordinal)}")));
    }

    private static AuthenticationHeaderValue Basic(string userInfo)
    {
        var pair = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(userInfo));
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
    }
}
