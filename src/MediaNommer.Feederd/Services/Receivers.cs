using MediaNommer.Client.Wire;
using MediaNommer.Core.Notifications;

namespace MediaNommer.Feederd.Services;

/// <summary>A notification that this feederd alone delivers, until its claim ends.</summary>
/// <param name="Before">As it stood before it was claimed.</param>
/// <param name="Notification">As it stands since.</param>
internal sealed record ClaimedDelivery(Notification Before, Notification Notification);

/// <summary>A delivery whose turn it is.</summary>
/// <param name="Receiver">Its receiver, of which it takes a place until <see cref="Receivers.End"/>.</param>
/// <param name="Claimed">The delivery.</param>
internal sealed record DeliveryTurn(Receiver Receiver, ClaimedDelivery Claimed);

/// <summary>
/// The queues of claimed deliveries, one for each receiver, all of them bounded. Receivers take turns, and those that
/// have not proved that they answer never get all the room.
/// </summary>
internal sealed class Receivers(TimeProvider clock)
{
    private const int MaxWaitingEach = 256;
    private const int MaxWaiting = 4096;
    private const int MaxAtOnce = 1024;
    private const int MaxUnprovenAtOnce = 768;
    private const int MaxKnown = 2000;

    private static readonly TimeSpan ShortestPutOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPutOff = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Receiver> known = new(StringComparer.OrdinalIgnoreCase);
    private int waiting;

    /// <summary>Which receiver a notification goes to.</summary>
    public static string HostOf(Notification notification) =>
        Uri.TryCreate(notification.Url.Display, UriKind.Absolute, out var url) ? url.Authority : "";

    /// <summary>Why a receiver is not called for a while, or null when it is.</summary>
    public string? WhyNot(string host)
    {
        lock (gate)
        {
            return known.GetValueOrDefault(host) is { Circuit: Circuit.Open } receiver
                ? $"not called, because {host} failed {receiver.Failures} times in a row ({receiver.LastError}); "
                    + $"it is tried again from {WireTime.Text(receiver.OpenUntil)} on"
                : null;
        }
    }

    /// <summary>False when the queue of a receiver, or all of them together, are full.</summary>
    public bool HasPlace(string host)
    {
        lock (gate)
            return waiting < MaxWaiting && (known.GetValueOrDefault(host)?.Waiting.Count ?? 0) < MaxWaitingEach;
    }

    /// <summary>About how long a receiver needs for a full queue.</summary>
    public TimeSpan DrainTime(string host)
    {
        lock (gate)
        {
            var time = (known.GetValueOrDefault(host)?.UsualTime ?? TimeSpan.Zero) * (MaxWaitingEach / Receiver.MaxAtOnce);
            return time < ShortestPutOff ? ShortestPutOff : time > LongestPutOff ? LongestPutOff : time;
        }
    }

    /// <summary>Puts a delivery at the end of its receiver's queue.</summary>
    public void Add(ClaimedDelivery delivery)
    {
        var host = HostOf(delivery.Notification);
        lock (gate)
        {
            if (!known.TryGetValue(host, out var receiver))
            {
                ForgetSome();
                known[host] = receiver = new Receiver(host, clock);
            }

            receiver.Waiting.Enqueue(delivery);
            waiting++;
        }
    }

    /// <summary>The deliveries whose turn it is now; each has begun and is to be ended.</summary>
    public IReadOnlyList<DeliveryTurn> TakeTurns()
    {
        var turns = new List<DeliveryTurn>();
        lock (gate)
        {
            var underway = known.Values.Sum(receiver => receiver.Underway);
            var unproven = known.Values.Where(receiver => !receiver.IsProven).Sum(receiver => receiver.Underway);
            var ready = known.Values.Where(receiver => receiver.Waiting.Count > 0).ToList();
            while (ready.Count > 0)
            {
                ready.RemoveAll(receiver => receiver.Waiting.Count == 0 || !receiver.HasRoom
                    || underway >= MaxAtOnce || (!receiver.IsProven && unproven >= MaxUnprovenAtOnce));
                foreach (var receiver in ready.Take(MaxAtOnce - underway))
                {
                    receiver.Begin();
                    underway++;
                    unproven += receiver.IsProven ? 0 : 1;
                    turns.Add(new DeliveryTurn(receiver, receiver.Waiting.Dequeue()));
                }
            }

            waiting -= turns.Count;
        }

        return turns;
    }

    /// <summary>Takes out everything that waits for receivers whose circuit is open, or for any.</summary>
    public IReadOnlyList<ClaimedDelivery> TakeOut(bool all)
    {
        lock (gate)
        {
            var from = known.Values.Where(receiver => all || receiver.Circuit == Circuit.Open).ToList();
            var taken = from.SelectMany(receiver => receiver.Waiting).ToList();
            from.ForEach(receiver => receiver.Waiting.Clear());
            waiting -= taken.Count;
            return taken;
        }
    }

    /// <summary>Ends a call, and takes over what it says of the receiver; null when it was not made.</summary>
    public void End(Receiver receiver, WebhookResult? result)
    {
        lock (gate)
        {
            receiver.End();
            if (result is not null)
                receiver.Learn(result);
        }
    }

    /// <summary>Reads something of the receivers that are busy or failing, the worst first.</summary>
    public IReadOnlyList<T> Read<T>(int limit, Func<Receiver, T> read)
    {
        lock (gate)
        {
            return [.. known.Values
                .Where(receiver => receiver.Failures > 0 || receiver.Underway > 0 || receiver.Waiting.Count > 0)
                .OrderByDescending(receiver => receiver.Failures).ThenBy(receiver => receiver.Host, StringComparer.Ordinal)
                .Take(limit).Select(read)];
        }
    }

    private void ForgetSome()
    {
        if (known.Count < MaxKnown)
            return;
        var idle = known.Values.Where(receiver => receiver.Underway == 0 && receiver.Waiting.Count == 0)
            .OrderBy(receiver => receiver.UsedAt).Take(MaxKnown / 10).ToList();
        idle.ForEach(receiver => known.Remove(receiver.Host));
    }
}
