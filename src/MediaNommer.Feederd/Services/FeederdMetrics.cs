using System.Diagnostics.Metrics;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Queues;

namespace MediaNommer.Feederd.Services;

/// <summary>What <c>/metrics</c> shows. Gauges are read from the store when somebody asks, not before.</summary>
internal sealed class FeederdMetrics : IDisposable
{
    /// <summary>The name of the meter, for those who listen by other means.</summary>
    public const string MeterName = "MediaNommer.Feederd";

    private readonly IJobStore store;
    private readonly Stillness stillness;
    private readonly IMessageQueue queue;
    private readonly QueueNames queues;
    private readonly PrometheusExporter exporter;
    private readonly Counter<long> submitted;
    private Measurement<long>[] jobs = [];
    private Measurement<long>[] depths = [];
    private Measurement<long>[] nodes = [];

    public FeederdMetrics(
        IMeterFactory factory, IJobStore store, Stillness stillness, IMessageQueue queue, QueueNames queues,
        DeliveryDesk notifications)
    {
        (this.store, this.stillness, this.queue, this.queues) = (store, stillness, queue, queues);
        exporter = new PrometheusExporter(factory);
        var meter = factory.Create(MeterName);
        submitted = meter.CreateCounter<long>("nommer.jobs.submitted", description: "Jobs accepted by this process.");
        var tries = meter.CreateCounter<long>(
            "nommer.notifications.tries", description: "Tries to deliver a notification, by how it stood after them.");
        notifications.Tried += state => tries.Add(1, Label("state", state.ToString().ToUpperInvariant()));
        meter.CreateObservableGauge("nommer.jobs", () => jobs, description: "Unfinished jobs by state.");
        meter.CreateObservableGauge("nommer.queue.depth", () => depths, description: "Messages in each queue.");
        meter.CreateObservableGauge("nommer.nodes", () => nodes, description: "Workers by state.");
    }

    /// <summary>Counts a job that was accepted.</summary>
    public void Submitted(JobPriority priority) =>
        submitted.Add(1, Label("priority", priority.ToWire()));

    /// <summary>Everything, in the text format of Prometheus.</summary>
    public async Task<string> WriteAsync(CancellationToken cancellation)
    {
        var counts = await stillness.CountAsync(store, cancellation);
        jobs = [.. JobStates.All.Where(state => !state.IsFinished())
            .Select(state => Labelled(counts.GetValueOrDefault(state), "state", state.ToWire()))];
        var known = await store.ListNodesAsync(cancellation);
        nodes = [.. Enum.GetValues<NodeState>().Select(state => Labelled(
            known.Count(node => node.State == state), "state", state.ToString().ToUpperInvariant()))];
        var measured = new List<Measurement<long>>();
        foreach (var name in queues.All)
            measured.Add(Labelled(await queue.ApproximateDepthAsync(name, cancellation), "queue", name));
        depths = [.. measured];
        return exporter.Write();
    }

    public void Dispose() => exporter.Dispose();

    private static Measurement<long> Labelled(long value, string label, string text) =>
        new(value, Label(label, text));

    private static KeyValuePair<string, object?> Label(string name, string text) => new(name, text);
}
