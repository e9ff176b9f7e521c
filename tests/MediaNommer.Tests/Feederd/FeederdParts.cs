using MediaNommer.Core.Jobs;
using MediaNommer.Core.Notifications;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace MediaNommer.Tests.Feederd;

/// <summary>The parts of feederd that its services need, on in-memory backends and a clock that the test moves.</summary>
internal sealed class FeederdParts : IAsyncDisposable
{
    private const int LooksWhileDue = 30;

    private readonly List<BackgroundService> running = [];
    private readonly WebhookClient webhooks;

    public FeederdParts()
        : this(null, null)
    {
    }

    /// <summary>Another feederd, with a clock of its own, over the jobs and the key of the first.</summary>
    public FeederdParts(IJobStore? store, FeederdParts? first)
    {
        Settings.Feederd.NotifyBackoff = 10;
        Memory = first?.Memory ?? new InMemoryJobStore();
        Secrets = first?.Secrets ?? SecretBox.Ephemeral();
        Store = store ?? Memory;
        Queue = new InMemoryMessageQueue(Clock);
        Lifecycle = new JobLifecycle(
            Memory, Queue, Names, Hub, LifecycleOptions.From(Settings), Clock, NullLogger<JobLifecycle>.Instance);
        webhooks = new WebhookClient(Secrets, Settings.Feederd, Clock);
        Receivers = new Receivers(Clock);
        // By real time: the tests' leaps would end its lease.
        Duties = new Duties(new InMemoryJobStore(), Hub, TimeProvider.System, NullLogger<Duties>.Instance);
        Duties.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        SpinWait.SpinUntil(() => Duties.AreHeld, TimeSpan.FromSeconds(60));
        Stillness = new Stillness(Hub, Clock);
    }

    public FakeClock Clock { get; } = new();

    public NommerOptions Settings { get; } = new() { DataDir = Path.Combine(Path.GetTempPath(), $"nommer-{Guid.NewGuid():N}") };

    public InMemoryJobStore Memory { get; }

    public IJobStore Store { get; }

    public InMemoryMessageQueue Queue { get; }

    public QueueNames Names { get; } = new("jobs", "changes");

    public SecretBox Secrets { get; }

    public JobEventHub Hub { get; } = new();

    public Stillness Stillness { get; }

    public Duties Duties { get; }

    public Receivers Receivers { get; }

    public JobLifecycle Lifecycle { get; }

    public LogLines<DeliveryDesk> NotificationLog { get; } = new();

    public static JobSpec Spec(MediaUri? notifyUrl = null, NotifyMethod method = NotifyMethod.Get) => new()
    {
        Source = new MediaUri("/in.mp4", null),
        Dest = new MediaUri("/out.mp4", null),
        Options = new EncodeOptions { Nommer = "ffmpeg", Passes = [] },
        NotifyUrl = notifyUrl,
        NotifyMethod = method,
    };

    public Task<string> SubmitAsync(string? notifyUrl = null, NotifyMethod method = NotifyMethod.Get) =>
        Lifecycle.SubmitAsync(
            Spec(notifyUrl is null ? null : MediaUri.Seal(notifyUrl, Secrets), method), null, [], CancellationToken.None);

    /// <summary>A job that was submitted and cancelled: two changes of state, one of them final.</summary>
    public async Task<string> SubmitFinishedAsync(string notifyUrl, NotifyMethod method = NotifyMethod.Get)
    {
        var id = await SubmitAsync(notifyUrl, method);
        await Lifecycle.CancelAsync(id, CancellationToken.None);
        return id;
    }

    public NotificationService NewNotificationService() =>
        new(
            new DeliveryDesk(Store, webhooks, Receivers, Hub, Settings.Feederd, Clock, NotificationLog), Hub, Stillness, Duties,
            Settings.Feederd, Clock, NullLogger<NotificationService>.Instance);

    public StateChangeListener NewListener() => new(
        Queue, Names, Hub, Duties, Settings.Feederd, Clock, NullLogger<StateChangeListener>.Instance);

    public async Task<T> StartAsync<T>(T service)
        where T : BackgroundService
    {
        running.Add(service);
        await service.StartAsync(CancellationToken.None);
        return service;
    }

    /// <summary>
    /// Moves the clock on until the condition holds, but never while a delivery is under way, and only after some looks while
    /// one is due: on a busy machine the service takes a moment to begin it.
    /// </summary>
    public Task UntilAsync(Func<bool> condition, string what, NotificationService service, TimeSpan? step = null)
    {
        var looks = 0;
        return Soon.BeAsync(
            condition, what,
            () =>
            {
                if (service.Desk.Underway > 0 || (IsOneDue() && ++looks < LooksWhileDue))
                    return;
                looks = 0;
                Clock.Advance(step ?? TimeSpan.FromMilliseconds(250));
            });
    }

    // Of each job the first that is not delivered; the others wait behind it.
    private bool IsOneDue() => Memory.ListNotificationsAsync(new NotificationQuery(), default).Result.Notifications
        .Select(record => record.Notification)
        .Where(one => one.State == NotificationState.Pending)
        .GroupBy(one => one.JobId, (_, ofJob) => ofJob.MinBy(one => one.Sequence)!)
        .Any(one => one.NextAttemptAt <= Clock.GetUtcNow());

    public async ValueTask DisposeAsync()
    {
        foreach (var service in running)
        {
            await service.StopAsync(CancellationToken.None);
            service.Dispose();
        }

        await Duties.StopAsync(CancellationToken.None);
        Duties.Dispose();
        webhooks.Dispose();
        if (Directory.Exists(Settings.DataDir))
            Directory.Delete(Settings.DataDir, recursive: true);
    }
}
