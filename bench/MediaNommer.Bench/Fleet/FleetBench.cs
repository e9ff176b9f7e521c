using System.Diagnostics;
using System.Text.Json;
using MediaNommer.Core.Fleet;

namespace MediaNommer.Bench.Fleet;

/// <summary>Plays every workload through every policy and prints the medians; draws how the first seed went.</summary>
internal static class FleetBench
{
    private const int Moments = 600;

    private static readonly (string Name, Func<IReadOnlyList<SimulatedJob>, int, FleetResult> Play)[] Policies =
    [
        ("classic, at most 3", (jobs, seed) => Play(jobs, new ClassicPolicy(3), seed)),
        ("classic, at most 12", (jobs, seed) => Play(jobs, new ClassicPolicy(12), seed)),
        ("backlog", (jobs, seed) => Play(jobs, new BacklogPolicy(), seed)),
        ("backlog, first day", (jobs, seed) => Play(jobs, new BacklogPolicy(experienced: false), seed)),
        ("backlog, 1 warm", (jobs, seed) => Play(jobs, Warm(1), seed)),
        ("backlog, 2 warm", (jobs, seed) => Play(jobs, Warm(2), seed)),
        ("oracle", (jobs, _) => new Oracle(20).Run(jobs)),
    ];

    private static readonly (string Name, string Color)[] Drawn =
        [("classic, at most 3", "#c0392b"), ("backlog", "#1f6fb4"), ("oracle", "#2e8b57")];

    /// <summary>Plays them.</summary>
    /// <returns>The medians as JSON.</returns>
    public static string Run(int seeds, string folder)
    {
        Directory.CreateDirectory(folder);
        var begun = Stopwatch.GetTimestamp();
        var results = Workload.All.Select(workload =>
        {
            File.WriteAllText(Path.Combine(folder, workload.Key + ".svg"), Draw(workload));
            return new { key = workload.Key, title = workload.Title, policies = Policies.ToDictionary(
                policy => policy.Name, policy => MediansOf(workload, policy.Play, seeds)) };
        }).ToList();
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        return JsonSerializer.Serialize(new { seeds, seconds, workloads = results }, JsonSerializerOptions.Web);
    }

    public static FleetMedians MediansOf(Workload workload, Func<IReadOnlyList<SimulatedJob>, int, FleetResult> play, int seeds)
    {
        var results = Enumerable.Range(1, seeds).Select(seed => play(workload.Play(seed), seed)).ToList();
        return new(Median(result => result.Makespan), Median(result => result.Cost), Median(result => result.MeanWait));

        double Median(Func<FleetResult, double> value)
        {
            var values = results.Select(value).Order().ToList();
            return Math.Round((values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2, 1);
        }
    }

    private static FleetResult Play(IReadOnlyList<SimulatedJob> jobs, ISimulatedPolicy policy, int seed) =>
        new FleetSimulation(jobs, policy, seed).Run();

    private static BacklogPolicy Warm(int count) =>
        new() { Limits = new BacklogLimits { JobsPerWorker = SimulatedMachine.Slots, WarmWorkers = count } };

    private static string Draw(Workload workload)
    {
        const int seed = 1;
        var results = Drawn.Select(drawn => Policies.First(policy => policy.Name == drawn.Name).Play(workload.Play(seed), seed)).ToList();
        var from = Math.Min(0, results.Min(result => result.Machines.Min(machine => machine.LaunchedAt)));
        var until = results.Max(result => result.Machines.Max(machine => machine.LeftAt!.Value));
        var times = Enumerable.Range(0, Moments + 1).Select(i => from + ((until - from) * i / Moments)).ToList();
        var price = MachinePrices.PerHour("c7a.large", 0)!.Value;
        var chart = new SvgChart(workload.Title, times);
        chart.Add("jobs that wait", Lines((result, now) => result.Jobs.Count(job => job.Arrival <= now && job.Start > now)));
        chart.Add("machines that start or run", Lines((result, now) =>
            result.Machines.Count(machine => machine.LaunchedAt <= now && machine.LeftAt > now)));
        chart.Add("US dollars spent (c7a.large)", Lines((result, now) =>
            result.Machines.Sum(machine => machine.BilledAt(now)) * price / 3600));
        return chart.ToString();

        SvgLine[] Lines(Func<FleetResult, double, double> value) =>
            [.. Drawn.Zip(results, (drawn, result) => new SvgLine(drawn.Name, drawn.Color, [.. times.Select(now => value(result, now))]))];
    }
}

/// <summary>Medians over the seeds, in seconds.</summary>
internal sealed record FleetMedians(double Makespan, double Cost, double Wait);
