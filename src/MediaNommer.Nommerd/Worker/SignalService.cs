using System.Runtime.InteropServices;
using MediaNommer.Nommerd.Ec2;
using Microsoft.Extensions.Hosting;

namespace MediaNommer.Nommerd.Worker;

/// <summary>
/// SIGTERM or SIGINT once: drain. Twice: hand back at once. Ends the host when the worker has left, for whatever reason,
/// and before it the machine, if the worker left for good.
/// </summary>
internal sealed class SignalService(
    WorkerService worker, MachineEnd machine, NommerdLaunch launch, IHostApplicationLifetime host) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var terminate = Listen(PosixSignal.SIGTERM);
        using var interrupt = Listen(PosixSignal.SIGINT);
        await worker.ExecuteTask!.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (worker.EndsMachine)
            await machine.RunAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stoppingToken.IsCancellationRequested)
            host.StopApplication();
    }

    private PosixSignalRegistration? Listen(PosixSignal signal) => launch.HandleSignals
        ? PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            worker.Drain($"{signal} was received.");
        })
        : null;
}
