using System.Globalization;
using MediaNommer.Backends;
using MediaNommer.Bench;
using MediaNommer.Bench.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using Microsoft.Extensions.DependencyInjection;

// fill DATA COUNT            puts so many finished jobs into the store
// cycles DATA JOBS LOOPS     submits jobs, then claims and completes them in so many loops
// fleet SVGFOLDER SEEDS      plays workloads through the policies of scaling
if (args is not ([var command, var data, ..] and { Length: 3 or 4 }))
{
    Console.Error.WriteLine("usage: fill DATA COUNT | cycles DATA JOBS LOOPS | fleet SVGFOLDER SEEDS");
    return 2;
}

int Number(int at) => int.Parse(args[at], CultureInfo.InvariantCulture);

if (command == "fleet")
{
    Console.WriteLine(FleetBench.Run(Number(2), data));
    return 0;
}

await using var services = new ServiceCollection()
    .AddLogging()
    .AddSingleton<LazyMessages>()
    .AddSingleton<IStateChanges>(provider => provider.GetRequiredService<LazyMessages>())
    .AddBackends(new NommerOptions { DataDir = data })
    .BuildServiceProvider();
var store = services.GetRequiredService<IJobStore>();
var queue = services.GetRequiredService<IMessageQueue>();
var queues = services.GetRequiredService<QueueNames>();
await store.InitializeAsync(CancellationToken.None);
await queue.InitializeAsync(queues.All, CancellationToken.None);

Console.WriteLine(command switch
{
    "fill" => await new FinishedJobs(store).FillAsync(Number(2)),
    "cycles" => await new JobCycles(
        services.GetRequiredService<JobLifecycle>(), store, queue, queues, services.GetRequiredService<LazyMessages>())
        .RunAsync(Number(2), Number(3)),
    _ => throw new ArgumentException($"'{command}' is neither fill nor cycles."),
});
return 0;
