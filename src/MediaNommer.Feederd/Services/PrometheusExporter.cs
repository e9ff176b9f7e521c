using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Adds up the measurements of feederd's own meter, of the delivery of notifications and of HTTP requests, and writes
/// them in the text format of Prometheus.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    private const string HttpDuration = "http.server.request.duration";

    // The other tags of HTTP (scheme, protocol) multiply the series and tell an operator nothing.
    private static readonly string[] IgnoredTags =
        ["url.scheme", "network.protocol.version", "error.type", "aspnetcore.request.is_unhandled"];
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<Instrument, ConcurrentDictionary<string, Series>> families = new();

    /// <summary>Listens to the meters of one service provider, so that two hosts in one process do not mix.</summary>
    public PrometheusExporter(IMeterFactory factory)
    {
        listener.InstrumentPublished = (instrument, subscribed) =>
        {
            var isOurs = instrument.Meter.Name == FeederdMetrics.MeterName || instrument.Name == HttpDuration;
            if (isOurs && instrument.Meter.Scope == factory)
                subscribed.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();
    }

    /// <summary>Everything that was measured so far.</summary>
    public string Write()
    {
        foreach (var (instrument, series) in families)
        {
            if (instrument.IsObservable)
                series.Clear();
        }

        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var (instrument, series) in families.OrderBy(family => family.Key.Name, StringComparer.Ordinal))
            WriteFamily(text, instrument, series);
        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = families.GetOrAdd(instrument, _ => new()).GetOrAdd(LabelsOf(tags), _ => new Series());
        series.Add(value, isGauge: instrument.IsObservable);
    }

    private static void WriteFamily(
        StringBuilder text, Instrument instrument, ConcurrentDictionary<string, Series> all)
    {
        var isHistogram = instrument is Histogram<double>;
        var name = NameOf(instrument, isHistogram);
        var kind = isHistogram ? "histogram" : instrument.IsObservable ? "gauge" : "counter";
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n# TYPE {name} {kind}\n");
        foreach (var (labels, series) in all.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (isHistogram)
                series.WriteHistogram(text, name, labels);
            else
                text.Append(CultureInfo.InvariantCulture, $"{name}{Braced(labels)} {series.Sum}\n");
        }
    }

    private static string NameOf(Instrument instrument, bool isHistogram)
    {
        var name = instrument.Name.Replace('.', '_');
        return isHistogram ? name + "_seconds" : instrument.IsObservable ? name : name + "_total";
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (Array.IndexOf(IgnoredTags, key) >= 0)
                continue;
            if (labels.Length > 0)
                labels.Append(',');
            labels.Append(key.Replace('.', '_')).Append("=\"").Append(Escape(value?.ToString() ?? "")).Append('"');
        }

        return labels.ToString();
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Braced(string labels) => labels.Length == 0 ? "" : $"{{{labels}}}";

    private sealed class Series
    {
        private readonly Lock gate = new();
        private readonly long[] buckets = new long[Bounds.Length];
        private long count;

        public double Sum { get; private set; }

        public void Add(double value, bool isGauge)
        {
            lock (gate)
            {
                Sum = isGauge ? value : Sum + value;
                count++;
                var bucket = Array.FindIndex(Bounds, bound => value <= bound);
                if (bucket >= 0)
                    buckets[bucket]++;
            }
        }

        public void WriteHistogram(StringBuilder text, string name, string labels)
        {
            lock (gate)
            {
                var separator = labels.Length == 0 ? "" : ",";
                long below = 0;
                for (var i = 0; i < Bounds.Length; i++)
                {
                    below += buckets[i];
                    text.Append(
                        CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{separator}le=\"{Bounds[i]}\"}} {below}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{separator}le=\"+Inf\"}} {count}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum{Braced(labels)} {Sum}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_count{Braced(labels)} {count}\n");
            }
        }
    }
}
