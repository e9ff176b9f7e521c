using System.Diagnostics;
using MediaNommer.Client;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>Waits for something to become true, and says what was there instead when it does not.</summary>
internal static class Until
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    public static async Task<T> AsyncIs<T>(
        string what, Func<Task<T>> look, Func<T, bool> good, TimeSpan? patience = null, TimeSpan? pause = null)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                var found = await look();
                if (good(found))
                    return found;
                if (clock.Elapsed > (patience ?? Patience))
                    throw new TimeoutException($"Waited {clock.Elapsed.TotalSeconds:0} s for: {what}. Last seen: {found}");
            }
            catch (NommerApiException e) when (e.Retryable && clock.Elapsed < (patience ?? Patience))
            {
                // A server that plays Amazon on a busy machine may take longer than feederd waits for it.
            }

            await Task.Delay(pause ?? Pause);
        }
    }

    public static Task True(string what, Func<bool> look, TimeSpan? patience = null) =>
        AsyncIs(what, () => Task.FromResult(look()), found => found, patience);
}
