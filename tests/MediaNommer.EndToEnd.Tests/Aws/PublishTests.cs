using System.Formats.Tar;
using System.IO.Compression;
using MediaNommer.Backends.Tests.Aws;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

public sealed class PublishTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-publish-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_the_publisher_keeps_to_himself_is_readable_on_machines()
    {
        var program = Path.Combine(folder, "nommer");
        await File.WriteAllTextAsync(program, "#!/bin/sh\n");
        var text = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "in")).FullName, "text");
        await File.WriteAllTextAsync(text, "content");
        Clips.Run("chmod", "0700", program);
        Clips.Run("chmod", "0600", text);
        using var bucket = await TestBucket.CreateAsync(await MotoServer.OptionsAsync());

        using var publish = NommerProcess.Start(
            ["aws", "publish", "--folder", folder],
            new Dictionary<string, string>
            {
                ["NOMMER__AWS__ACCESSKEYID"] = bucket.Options.AccessKeyId,
                ["NOMMER__AWS__SECRETACCESSKEY"] = bucket.Options.SecretAccessKey,
                ["NOMMER__AWS__ENDPOINTURL"] = bucket.Options.EndpointUrl,
                ["NOMMER__AWS__CONFIGS3BUCKET"] = bucket.Name,
            },
            folder);
        (await publish.WaitAsync()).ShouldBe(0, publish.ToString());

        var modes = new Dictionary<string, string>();
        using var zip = new GZipStream(new MemoryStream(bucket.Get("nommer-linux-x64.tar.gz")!), CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        while (tar.GetNextEntry() is { } entry)
            modes[entry.Name] = Convert.ToString((int)entry.Mode, 8);
        modes.ShouldBe(new Dictionary<string, string> { ["in/text"] = "755", ["nommer"] = "755" }, ignoreOrder: true);
    }
}
