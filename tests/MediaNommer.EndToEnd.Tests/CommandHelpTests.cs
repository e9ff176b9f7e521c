using System.Diagnostics;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>What the program tells people who do not know it by heart.</summary>
public sealed class CommandHelpTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Theory]
    [InlineData("Did you mean 'submit'?", "sumbit")]
    [InlineData("Did you mean '--limit'?", "list", "--limitt", "3")]
    [InlineData("Unrecognized option '--prest'. Did you mean '--preset'?", "submit", "in.mov", "--prest", "web_720p")]
    [InlineData("Did you mean 'web_720p'?", "presets", "web_720")]
    [InlineData("Did you mean 'retry'?", "help", "rety")]
    public async Task A_slip_is_answered_with_what_was_meant(string message, params string[] arguments)
    {
        var command = await site.RunAsync(arguments);

        (await command.WaitAsync()).ShouldBe(2, command.ToString());
        command.Errors.ShouldContain(message);
    }

    [Fact]
    public async Task Help_is_a_command_too()
    {
        (await OutputOf("help", "submit")).ShouldBe(await OutputOf("submit", "--help"));
        (await OutputOf("help")).ShouldBe(await OutputOf("--help"));
    }

    [Fact]
    public async Task Bash_completes_commands_options_and_presets()
    {
        await File.WriteAllTextAsync(site.PathOf("completion.bash"), await OutputOf("completion", "bash"));

        (await CompletionsAsync("sub")).ShouldBe(["submit"]);
        (await CompletionsAsync("submit --prio")).ShouldBe(["--priority"]);
        (await CompletionsAsync("submit in.mov --preset web_")).ShouldContain("web_720p");
    }

    [Fact]
    public async Task A_shell_that_is_not_known_is_refused()
    {
        var command = await site.RunAsync("completion", "tcsh");

        (await command.WaitAsync()).ShouldBe(2, command.ToString());
        command.Errors.ShouldContain("known: bash, zsh, fish");
    }

    [Fact]
    public async Task Clients_find_feederd_by_the_port_of_the_settings()
    {
        await site.StartFeederdAsync();
        site.Settings.Remove("NOMMER_URL");
        await File.WriteAllTextAsync(site.PathOf("nommer.json"), $$"""{"Feederd": {"Port": {{site.Address.Port}} } }""");

        (await OutputOf("nodes")).ShouldContain("No worker");
    }

    [Fact]
    public async Task Without_a_key_the_error_says_how_to_give_one()
    {
        site.Settings["NOMMER__FEEDERD__APIKEYS__0"] = "a-long-secret-word";
        await site.StartFeederdAsync();

        var command = await site.RunAsync("list");

        (await command.WaitAsync()).ShouldBe(2, command.ToString());
        command.Errors.ShouldContain("--api-key");
        command.Errors.ShouldContain("NOMMER_API_KEY");
    }

    /// <summary>What bash would offer behind that line.</summary>
    private async Task<string[]> CompletionsAsync(string line)
    {
        var words = $"nommer {line}";
        var script = $$$"""
            source completion.bash
            COMP_LINE='{{{words}}}' COMP_POINT={{{words.Length}}} COMP_WORDS=({{{words}}}) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMP_WORDS[0]='{{{NommerProcess.Launcher}}}'
            _nommer
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var start = new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = site.Folder, RedirectStandardOutput = true };
        using var bash = Process.Start(start)!;
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<string> OutputOf(params string[] arguments)
    {
        var command = await site.RunAsync(arguments);
        (await command.WaitAsync()).ShouldBe(0, command.ToString());
        return command.Output.TrimEnd('\n');
    }
}
