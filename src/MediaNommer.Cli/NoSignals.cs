using Microsoft.Extensions.Hosting;

namespace MediaNommer.Cli;

/// <summary>Keeps a host from listening for signals where the command does that itself.</summary>
internal sealed class NoSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
