using System.Diagnostics;

namespace MediaNommer.Tests;

/// <summary>Waits for what happens on other threads, without guessing how long it takes.</summary>
internal static class Soon
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Polls until the condition holds.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="what">The same in words, for the message of a failure.</param>
    /// <param name="meanwhile">Done before each further look, for example moving a clock on.</param>
    public static async Task BeAsync(Func<bool> condition, string what, Action? meanwhile = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
                throw new TimeoutException($"Not within {Deadline.TotalSeconds} s: {what}");
            meanwhile?.Invoke();
            await Task.Delay(2);
        }
    }
}
