namespace MediaNommer.Bench.Fleet;

/// <summary>A workload to play through policies; the same jobs for the same seed.</summary>
/// <param name="Key">Its name in files.</param>
/// <param name="Title">What it is, in a sentence.</param>
/// <param name="Arrivals">When its jobs arrive, in any order; bursts come after ten quiet minutes.</param>
internal sealed record Workload(string Key, string Title, Func<Random, IEnumerable<double>> Arrivals)
{
    private const double MeanSeconds = 120;
    private const double Spread = 0.5;
    private const double Hour = 3600;

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("burst40", "A burst of 40 jobs", _ => Burst(Hour / 6, 40)),
        new("bursts", "Four hours of 20 jobs an hour, and a burst of 30 each hour", random =>
            Steady(random, 4 * Hour, 20).Concat(Enumerable.Range(0, 4).SelectMany(hour => Burst((hour + 0.25) * Hour, 30)))),
        new("burst200", "A burst of 200 jobs", _ => Burst(Hour / 6, 200)),
        new("trickle", "A steady trickle: eight hours of 20 jobs an hour", random => Steady(random, 8 * Hour, 20)),
        new("day", "A working day: ten hours of 10 jobs an hour, and two peaks of 240 an hour", WorkingDay),
    ];

    /// <summary>Jobs of 120 s on average, from half a minute to six minutes, in the order of their arrival.</summary>
    public IReadOnlyList<SimulatedJob> Play(int seed)
    {
        var random = new Random(seed);
        return [.. Arrivals(random).Order().Select(arrival =>
            new SimulatedJob(arrival, SecondsOfJob(random), 0.8 + (0.4 * random.NextDouble())))];
    }

    /// <summary>How long one job takes: log-normal.</summary>
    public static double SecondsOfJob(Random random) =>
        MeanSeconds * Math.Exp((Spread * Normal(random)) - (Spread * Spread / 2));

    private static IEnumerable<double> Burst(double at, int count) => Enumerable.Repeat(at, count);

    private static IEnumerable<double> Steady(Random random, double until, double perHour)
    {
        for (var at = Gap(random, perHour); at < until; at += Gap(random, perHour))
            yield return at;
    }

    private static IEnumerable<double> WorkingDay(Random random)
    {
        const double most = 250;
        return Steady(random, 10 * Hour, most).Where(at => random.NextDouble() * most < 10 + Peak(at, 2) + Peak(at, 7)).ToList();

        static double Peak(double at, double hour) => 240 * Math.Exp(-Math.Pow(((at / Hour) - hour) / 0.5, 2) / 2);
    }

    private static double Gap(Random random, double perHour) => -Math.Log(1 - random.NextDouble()) * Hour / perHour;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
