using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MediaNommer.Cli;

/// <summary>Where the daemons' logs go: to standard error, a line each with its time, and what repeats itself once
/// a minute.</summary>
internal static class DaemonLogging
{
    public static void Add(IServiceCollection services, LogLevel lowest = LogLevel.Information) =>
        services.AddLogging(logging =>
        {
            logging.ClearProviders();
            logging.SetMinimumLevel(lowest);
            logging.AddFilter("Microsoft", LogLevel.Warning);
            // A failed start is told by the command, in one line; a service that fails later is Critical.
            logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
            logging.AddFilter("System", LogLevel.Warning);
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.UseUtcTimestamp = true;
                console.ColorBehavior = Console.IsErrorRedirected ? LoggerColorBehavior.Disabled : LoggerColorBehavior.Default;
            });
            services.RemoveAll<ILoggerProvider>();
            services.AddSingleton<ConsoleLoggerProvider>();
            services.AddSingleton<ILoggerProvider>(provider => new RepeatLimit(
                provider.GetRequiredService<ConsoleLoggerProvider>(), TimeProvider.System));
            services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        });
}
