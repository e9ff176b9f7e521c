using System.Runtime.InteropServices;
using MediaNommer.Backends.Tests.Aws;
using MediaNommer.EndToEnd.Tests.Running;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>The program in S3, put there by <c>nommer aws publish</c>, once for all tests.</summary>
internal static class PublishedProgram
{
    private static readonly string Runtime = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";

    private static Task<string>? published;

    /// <summary>Puts it where the machines of a site get it from.</summary>
    public static async Task CopyToAsync(AwsSite aws)
    {
        published ??= PublishAsync(aws);
        var key = $"nommer-{Runtime}.tar.gz";
        await aws.Config.Client.CopyObjectAsync(await published, key, aws.Config.Name, key);
    }

    // The launcher's own build: it needs a .NET on the machine, which the emulated ones have.
    private static async Task<string> PublishAsync(AwsSite aws)
    {
        using var bucket = await TestBucket.CreateAsync(aws.Config.Options);
        var builds = Path.Combine(NommerProcess.RepositoryRoot, "artifacts/nommer");
        var build = Path.Combine(builds, File.ReadLines(Path.Combine(builds, "current")).First());
        using var publishing = NommerProcess.Start(
            ["aws", "publish", "--runtime", Runtime, "--folder", build],
            new Dictionary<string, string>(aws.Site.Settings) { ["NOMMER__AWS__CONFIGS3BUCKET"] = bucket.Name }, aws.Site.Folder);
        return await publishing.WaitAsync(TimeSpan.FromMinutes(1)) == 0
            ? bucket.Name
            : throw new InvalidOperationException(publishing.ToString());
    }
}
