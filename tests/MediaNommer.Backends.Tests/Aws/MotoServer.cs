using System.Diagnostics;
using MediaNommer.Backends.Tests.Storage;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// moto, which speaks the protocols of AWS, on loopback: started once, when the first test needs it, and ended with the
/// tests. Each test uses names of its own.
/// </summary>
internal static class MotoServer
{
    private static readonly Lazy<Task<string>> Started = new(async () => (await StartAsync(null)).Address);

    /// <summary>Settings that lead every client to it.</summary>
    public static async Task<AwsOptions> OptionsAsync() => new()
    {
        AccessKeyId = "test", SecretAccessKey = "test", Region = "us-east-1", EndpointUrl = await Started.Value,
    };

    /// <summary>Starts another one.</summary>
    /// <param name="freeRequests">After how many requests it checks signatures and permissions; null: never.</param>
    public static async Task<(string Address, IDisposable Server)> StartAsync(int? freeRequests)
    {
        var port = ServerProcess.FreePort();
        var program = Environment.GetEnvironmentVariable("NOMMER_TEST_MOTO") ?? ServerProcess.FindOnPath("moto_server");
        var start = new ProcessStartInfo(program, ["-H", "127.0.0.1", "-p", $"{port}"]);
        start.Environment["PYTHONPATH"] = Path.Combine(AppContext.BaseDirectory, "Aws", "moto");
        if (freeRequests is { } requests)
            start.Environment["INITIAL_NO_AUTH_ACTION_COUNT"] = $"{requests}";
        var server = ServerProcess.Start(start, "moto[server]");
        // It writes a line for each request, and stands still when nobody reads them.
        _ = server.Process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        _ = server.Process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        await ServerProcess.WaitForPortAsync(port);
        return ($"http://127.0.0.1:{port}", server);
    }
}
