using MediaNommer.Backends.Tests.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>The template for the image of a worker: looked at by Packer itself, its steps run in a scratch root.</summary>
public sealed class PackerTemplateTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "packer");
    private static readonly string Template = Path.Combine(Folder, "worker.pkr.hcl");

    [Theory]
    [InlineData("architecture=amd64")]
    [InlineData("architecture=arm64", "encrypt=false", "share_with=[\"123456789012\"]", "copy_to=[\"eu-west-1\", \"us-west-2\"]")]
    public async Task The_template_is_valid(params string[] variables)
    {
        var (code, output) = await RunAsync("packer", ["validate", .. variables.SelectMany(variable => (string[])["-var", variable]), Template]);

        code.ShouldBe(0, output);
    }

    [Fact]
    public async Task An_architecture_that_no_machine_has_is_refused()
    {
        var (code, output) = await RunAsync("packer", "validate", "-var", "architecture=mips", Template);

        code.ShouldBe(1);
        output.ShouldContain("must be amd64 or arm64");
    }

    [Fact]
    public async Task Its_steps_make_a_workers_image_of_a_stock_system()
    {
        var results = Directory.CreateTempSubdirectory("nommer-image-");
        var (code, output) = await RunAsync(
            "bash", Path.Combine(AppContext.BaseDirectory, "Aws", "scratch_root.sh"), Path.Combine(Folder, "provision.sh"), results.FullName);

        code.ShouldBe(0, output);
        Lines("programs").ShouldBe(["/usr/bin/ffmpeg", "/usr/bin/python3"]);
        Lines("user").ShouldHaveSingleItem().ShouldEndWith(":/var/lib/media-nommer:/usr/sbin/nologin");
        // The machine that starts from it must take itself for a new one, as user data run once for each machine.
        Lines("cloud-init").ShouldBe(["status --wait", "clean --logs --machine-id"]);
        Lines("packages").ShouldBeEmpty();
        results.Delete(recursive: true);

        string[] Lines(string file) => File.ReadAllLines(Path.Combine(results.FullName, file));
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var run = ServerProcess.Start(ServerProcess.FindOnPath(program), program, arguments);
        var (output, errors) = (run.Process.StandardOutput.ReadToEndAsync(), run.Process.StandardError.ReadToEndAsync());
        await run.Process.WaitForExitAsync();
        return (run.Process.ExitCode, await output + await errors);
    }
}
