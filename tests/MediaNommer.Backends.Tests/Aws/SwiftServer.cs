using MediaNommer.Backends.Tests.Storage;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// OpenStack Swift on loopback with its S3 API, which checks signatures and digests strictly: started once, when the first
/// test needs it, and ended with the tests.
/// </summary>
internal static class SwiftServer
{
    private const string Secret = "se/cr+et=50%";
    private static readonly Lazy<Task<string>> Started = new(StartAsync);

    /// <summary>Settings that lead to it.</summary>
    public static async Task<AwsOptions> OptionsAsync() => new()
    {
        AccessKeyId = "test:tester", SecretAccessKey = Secret, Region = "us-east-1", EndpointUrl = await Started.Value,
    };

    private static async Task<string> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("nommer-swift-").FullName;
        var port = ServerProcess.FreePort();
        var server = ServerProcess.Start(
            "/usr/bin/python3", "python3-swift",
            Path.Combine(AppContext.BaseDirectory, "Aws", "swift_server.py"), folder, $"{port}", Secret);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.Dispose();
            Directory.Delete(folder, recursive: true);
        };
        await ServerProcess.WaitForPortAsync(port);
        return $"http://127.0.0.1:{port}";
    }
}
