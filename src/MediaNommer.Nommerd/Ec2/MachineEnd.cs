using MediaNommer.Core.Fleet;
using MediaNommer.Core.Nodes;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Ec2;

/// <summary>
/// Ends the machine of a worker that has left. When that cannot be done, an exit code asks whoever started the worker to
/// power the machine off, which ends it, too.
/// </summary>
internal sealed partial class MachineEnd(IFleet? machines, NommerdLaunch launch, TimeProvider clock, ILogger<MachineEnd> logger)
{
    private const int MostTries = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    /// <summary>What the process should exit with.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Ends the machine, if there is one to end. The worker must have left: nothing can be handed to it any more.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (launch.Machine is not { } machine)
            return;
        var pause = FirstPause;
        for (var tries = 1; tries <= MostTries; tries++)
        {
            if (await TryAsync(machine.Id, cancellation))
                return;
            if (tries < MostTries)
                await Task.Delay(pause, clock, cancellation);
            pause *= 2;
        }

        ExitCode = NodeExit.PowerOff;
        Log.GivenUp(logger, machine.Id, NodeExit.PowerOff);
    }

    private async Task<bool> TryAsync(string id, CancellationToken cancellation)
    {
        try
        {
            if (machines is null)
                return false;
            await machines.TerminateAsync([id], cancellation);
            Log.Ended(logger, id);
            return true;
        }
        catch (FleetException e)
        {
            Log.NotEnded(logger, id, e.Message);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(81, LogLevel.Information, "Machine {Machine} was told to end: its worker has left.")]
        public static partial void Ended(ILogger logger, string machine);

        [LoggerMessage(82, LogLevel.Warning, "Machine {Machine} could not be ended. {Reason}")]
        public static partial void NotEnded(ILogger logger, string machine, string reason);

        [LoggerMessage(83, LogLevel.Error, "Machine {Machine} could not be ended; exit code {Code} asks for it to be powered off.")]
        public static partial void GivenUp(ILogger logger, string machine, int code);
    }
}
