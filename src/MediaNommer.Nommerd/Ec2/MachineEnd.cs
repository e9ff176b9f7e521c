using MediaNommer.Core.Fleet;
using Microsoft.Extensions.Logging;

namespace MediaNommer.Nommerd.Ec2;

/// <summary>
/// Ends the machine of a worker that has left. When that cannot be done, it still ends: its service powers it off when
/// the worker has exited, and machines are launched so that this terminates them.
/// </summary>
internal sealed partial class MachineEnd(IFleet? machines, NommerdLaunch launch, TimeProvider clock, ILogger<MachineEnd> logger)
{
    private const int MostTries = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

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

        Log.GivenUp(logger, machine.Id);
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

        [LoggerMessage(83, LogLevel.Error, "Machine {Machine} could not be ended; it ends when its service powers it off.")]
        public static partial void GivenUp(ILogger logger, string machine);
    }
}
