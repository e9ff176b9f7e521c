using System.Collections;
using System.Text;
using MediaNommer.Nommerd.Ffmpeg;
using MediaNommer.Nommerd.Worker;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class MediaEnvironmentTests
{
    [Fact]
    public void Only_what_is_known_to_be_harmless_is_handed_on()
    {
        var variables = new Hashtable
        {
            ["PATH"] = "/usr/bin", ["LC_ALL"] = "C.UTF-8", ["FONTCONFIG_PATH"] = "/etc/fonts", ["LD_LIBRARY_PATH"] = "/opt/lib",
            ["AWS_SECRET_ACCESS_KEY"] = "s", ["NOMMER__FEEDERD__APIKEYS__0"] = "s", ["GITHUB_TOKEN"] = "s", ["DATABASE_URL"] = "s",
            ["HTTPS_PROXY"] = "http://user:s@proxy", ["FFREPORT"] = "file=/tmp/x", ["LD_PRELOAD"] = "/tmp/evil.so", ["path"] = "s",
            ["DOTNET_gcServer"] = "1", ["AZURE_CLIENT_SECRET"] = "s", ["PGPASSWORD"] = "s",
        };

        MediaEnvironment.Of(variables).Order(StringComparer.Ordinal).ShouldBe(
            ["FONTCONFIG_PATH=/etc/fonts", "LC_ALL=C.UTF-8", "LD_LIBRARY_PATH=/opt/lib", "PATH=/usr/bin"]);
    }

    [Fact]
    public async Task A_program_that_is_started_sees_nothing_else()
    {
        var printed = new MemoryStream();
        var run = new ProcessRun("/bin/cat", ["/proc/self/environ"], "/")
        {
            Limits = new(),
            OnOutput = piece =>
            {
                printed.Write(piece);
                return true;
            },
        };

        (await run.Start()).ExitCode.ShouldBe(0);

        // The mark says whose it is; the next worker on the machine ends what nobody owns any more.
        Encoding.UTF8.GetString(printed.ToArray()).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(variable => !variable.StartsWith($"{OrphanedPrograms.Mark}=", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ShouldBe(MediaEnvironment.Current().Order(StringComparer.Ordinal));
    }
}
