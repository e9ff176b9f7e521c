using MediaNommer.Core.Jobs;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Cli;

/// <summary>
/// Lets a warning or error through once a minute, however often it is logged, and says how often it was: what fails for
/// every request must not fill the disk, least of all when a full disk is the reason. The same is what comes from one
/// place with one exception, or where there is none, in one wording.
/// </summary>
internal sealed class RepeatLimit : ILoggerProvider, ISupportExternalScope
{
    private const int MaxKnown = 500;

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly ILoggerProvider inner;
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private readonly Dictionary<Key, Repeats> known = [];

    public RepeatLimit(ILoggerProvider inner, TimeProvider clock)
    {
        (this.inner, this.clock) = (inner, clock);
        timer = clock.CreateTimer(_ => Tell(all: false), null, LookEvery, LookEvery);
    }

    public ILogger CreateLogger(string categoryName) => new Limited(this, categoryName, inner.CreateLogger(categoryName));

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) =>
        (inner as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    public void Dispose()
    {
        timer.Dispose();
        Tell(all: true);
        inner.Dispose();
    }

    /// <summary>True for what is to be written now.</summary>
    private bool IsNew(Key key, string text, ILogger logger)
    {
        lock (gate)
        {
            if (known.TryGetValue(key, out var repeats) && repeats.Until > clock.GetUtcNow())
            {
                repeats.Count++;
                repeats.Text = text;
                return false;
            }
        }

        if (known.Count >= MaxKnown)
            Tell(all: true);
        lock (gate)
            known[key] = new Repeats(logger) { Until = clock.GetUtcNow() + Quiet, Text = text };
        return true;
    }

    /// <summary>Says how often the lines were held back whose minute is over, and goes on holding them back.</summary>
    private void Tell(bool all)
    {
        var due = new List<(Key Key, Repeats Repeats)>();
        lock (gate)
        {
            var now = clock.GetUtcNow();
            foreach (var (key, repeats) in known.Where(one => all || one.Value.Until <= now).ToList())
            {
                known.Remove(key);
                if (repeats.Count == 0)
                    continue;
                due.Add((key, repeats));
                if (!all)
                    known[key] = new Repeats(repeats.Logger) { Until = now + Quiet, Text = repeats.Text };
            }
        }

        foreach (var (key, repeats) in due)
            Write(repeats.Logger, key.Level, key.Id, $"{repeats.Text} (the same {repeats.Count} more times within a minute)", null);
    }

    private static void Write(ILogger logger, LogLevel level, EventId id, string text, Exception? exception) =>
        logger.Log(level, id, text, exception, (state, _) => state);

    private readonly record struct Key(string Category, LogLevel Level, EventId Id, string What);

    private sealed class Repeats(ILogger logger)
    {
        public ILogger Logger => logger;

        public DateTimeOffset Until { get; init; }

        public int Count { get; set; }

        public string Text { get; set; } = "";
    }

    private sealed class Limited(RepeatLimit limit, string category, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Warning || !IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
                return;
            }

            var text = formatter(state, exception);
            var what = exception is null ? text : $"{exception.GetType().Name}: {exception.Message}";
            // Its message says what is wrong and what to do; where in the program it was noticed helps nobody.
            if (exception is BackendUnavailableException)
                (text, exception) = ($"{text} {exception.Message.ReplaceLineEndings(" ")}", null);
            if (limit.IsNew(new Key(category, logLevel, eventId, what), text, inner))
                Write(inner, logLevel, eventId, text, exception);
        }
    }
}
