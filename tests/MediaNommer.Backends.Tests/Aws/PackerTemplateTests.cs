using MediaNommer.Backends.Tests.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>The template for the image of a worker, looked at by Packer itself.</summary>
public sealed class PackerTemplateTests
{
    [Theory]
    [InlineData("amd64")]
    [InlineData("arm64")]
    public async Task The_template_is_valid(string architecture)
    {
        var (code, output) = await ValidateAsync(architecture);

        code.ShouldBe(0, output);
    }

    [Fact]
    public async Task An_architecture_that_no_machine_has_is_refused()
    {
        var (code, output) = await ValidateAsync("mips");

        code.ShouldBe(1);
        output.ShouldContain("must be amd64 or arm64");
    }

    private static async Task<(int Code, string Output)> ValidateAsync(string architecture)
    {
        var template = Path.Combine(AppContext.BaseDirectory, "worker.pkr.hcl");
        using var packer = ServerProcess.Start(ServerProcess.FindOnPath("packer"), "packer", "validate", "-var", $"architecture={architecture}", template);
        var (output, errors) = (packer.Process.StandardOutput.ReadToEndAsync(), packer.Process.StandardError.ReadToEndAsync());
        await packer.Process.WaitForExitAsync();
        return (packer.Process.ExitCode, await output + await errors);
    }
}
