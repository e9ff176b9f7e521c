using MediaNommer.Backends.Tests.Storage;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// fauxqs, which speaks the protocols of SQS and S3, on loopback: started once, when the first test needs it, and ended
/// with the tests. NOMMER_TEST_FAUXQS is the folder that test.sh installed it into, with a Node that can run it.
/// </summary>
internal static class FauxqsServer
{
    private static readonly Lazy<Task<string>> Started = new(StartAsync);

    /// <summary>Settings that lead SQS and S3 to it.</summary>
    public static async Task<AwsOptions> OptionsAsync() => new()
    {
        AccessKeyId = "test", SecretAccessKey = "test", Region = "us-east-1", EndpointUrl = await Started.Value,
    };

    private static async Task<string> StartAsync()
    {
        var folder = Environment.GetEnvironmentVariable("NOMMER_TEST_FAUXQS") ?? FindInstalled()
            ?? throw new InvalidOperationException("fauxqs is not installed: ./test.sh does it.");
        var port = ServerProcess.FreePort();
        var server = ServerProcess.Start(
            Path.Combine(folder, "node"), "npm", Path.Combine(AppContext.BaseDirectory, "Aws", "fauxqs_server.mjs"), folder, $"{port}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        await ServerProcess.WaitForPortAsync(port);
        return $"http://127.0.0.1:{port}";
    }

    private static string? FindInstalled()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var folder = new DirectoryInfo(Path.Combine(cache, "media-nommer-tests"));
        return folder.Exists ? folder.GetDirectories("fauxqs-?.?.?").MaxBy(one => one.Name, StringComparer.Ordinal)?.FullName : null;
    }
}
