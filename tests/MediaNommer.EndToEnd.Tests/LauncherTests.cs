using System.Diagnostics;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

public sealed class LauncherTests : IAsyncLifetime
{
    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task The_version_is_printed_within_half_a_second()
    {
        (await site.RunAsync("--version")).Output.Trim().ShouldMatch(@"^\d+\.\d+\.\d+");

        var times = new List<TimeSpan>();
        for (var round = 0; round < 5; round++)
        {
            var clock = Stopwatch.StartNew();
            await site.RunAsync("--version");
            times.Add(clock.Elapsed);
        }

        times.Min().ShouldBeLessThan(TimeSpan.FromSeconds(0.5));
    }

    [Fact]
    public async Task It_starts_by_a_link_from_any_folder_with_spaces_and_without_a_home()
    {
        var folder = Directory.CreateDirectory(site.PathOf("a folder with spaces")).FullName;
        var link = Path.Combine(folder, "nommer link");
        File.CreateSymbolicLink(link, NommerProcess.Launcher);

        using var process = NommerProcess.Start(["--version"], new Dictionary<string, string> { ["HOME"] = "" }, "/", link);

        (await process.WaitAsync()).ShouldBe(0, process.ToString());
        process.Output.Trim().ShouldMatch(@"^\d+\.\d+\.\d+$");
        process.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_first_starts_at_once_build_once_and_a_changed_source_builds_again()
    {
        var checkout = site.PathOf("check out");
        CopySources(checkout);
        var launcher = Path.Combine(checkout, "nommer");

        using var one = NommerProcess.Start(["--version"], site.Settings, checkout, launcher);
        using var two = NommerProcess.Start(["--version"], site.Settings, checkout, launcher);
        (await one.WaitAsync(TimeSpan.FromMinutes(5))).ShouldBe(0, one.ToString());
        (await two.WaitAsync(TimeSpan.FromMinutes(5))).ShouldBe(0, two.ToString());

        one.Output.ShouldBe(two.Output);
        one.Output.Trim().ShouldMatch(@"^\d+\.\d+\.\d+$");
        new[] { one, two }.Count(process => process.Errors.Contains("building")).ShouldBe(1);
        Directory.GetDirectories(Path.Combine(checkout, "artifacts", "nommer")).Length.ShouldBe(1);

        // As a build of something else does that uses the same projects.
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(Path.Combine(checkout, "src/MediaNommer.Core/obj")).FullName, "made"), "");
        (await StartAgainAsync()).ShouldBeEmpty();

        await File.AppendAllTextAsync(Path.Combine(checkout, "src/MediaNommer.Cli/ExitCodes.cs"), "// changed\n");
        await File.WriteAllTextAsync(Path.Combine(checkout, "src/MediaNommer.Cli/Extra.cs"), "// nothing\n");
        (await StartAgainAsync()).ShouldContain("building");
        (await StartAgainAsync()).ShouldBeEmpty();

        File.Delete(Path.Combine(checkout, "src/MediaNommer.Cli/Extra.cs"));
        (await StartAgainAsync()).ShouldContain("building");

        async Task<string> StartAgainAsync()
        {
            using var again = NommerProcess.Start(["--version"], site.Settings, checkout, launcher);
            (await again.WaitAsync(TimeSpan.FromMinutes(5))).ShouldBe(0, again.ToString());
            return again.Errors;
        }
    }

    private static void CopySources(string to)
    {
        string[] wanted = ["nommer", "global.json", "Directory.Build.props", "Directory.Packages.props", ".editorconfig"];
        var root = NommerProcess.RepositoryRoot;
        var sources = Directory.EnumerateFiles(Path.Combine(root, "src"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"));
        foreach (var file in wanted.Concat(sources))
        {
            var copy = Path.Combine(to, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(root, file), copy);
        }
    }
}
