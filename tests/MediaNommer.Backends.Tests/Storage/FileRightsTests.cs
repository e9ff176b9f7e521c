using System.Diagnostics;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

/// <summary>Owner, group, mode and access list of outputs on real file systems. Run as root.</summary>
public sealed class FileRightsTests : IDisposable
{
    private static readonly OutputTag Tag = new("0123456789abcdef0123456789abcdef", 1);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-rights-");
    private readonly FileStorage storage = new();

    private string Out => Path.Combine(folder.FullName, "out");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_output_gets_what_a_file_made_in_its_folder_gets()
    {
        Directory.CreateDirectory(Out);
        Sh($"chgrp 44 {Out}; chmod 2775 {Out}; setfacl -d -m g:33:rw {Out} 2>/dev/null; touch {Out}/sample");

        await WriteAsync(Path.Combine(Out, "film.mp4"));

        Facts("film.mp4").ShouldBe(Facts("sample"));
        Facts("film.mp4").ShouldContain(":44 ");
    }

    [Fact]
    public async Task An_output_keeps_mode_and_owner_of_the_file_that_it_replaces()
    {
        Directory.CreateDirectory(Out);
        Sh($"echo old > {Out}/film.mp4; chown 33:44 {Out}/film.mp4; chmod 0604 {Out}/film.mp4");
        var before = Facts("film.mp4");

        await WriteAsync(Path.Combine(Out, "film.mp4"));

        Facts("film.mp4").ShouldBe(before);
        File.ReadAllText(Path.Combine(Out, "film.mp4")).ShouldBe("new");
    }

    [Fact]
    public async Task A_source_is_known_under_every_name_and_hard_links_are_told_from_it()
    {
        Directory.CreateDirectory(Out);
        var source = Path.Combine(Out, "Movie.mkv");
        await File.WriteAllTextAsync(source, "original");
        Sh($"ln {source} {Out}/linked.mkv; ln -s Movie.mkv {Out}/soft.mkv; ln -s . {Out}/same");
        var storages = new MediaStorages([storage], ["file"]);

        Should.Throw<MediaStorageException>(() => storages.RequireApart(source, Path.Combine(Out, "same", "Movie.mkv")));
        Should.Throw<MediaStorageException>(() => storages.RequireApart(Path.Combine(Out, "soft.mkv"), source));
        storages.RequireApart(source, Path.Combine(Out, "linked.mkv"));
        storages.RequireApart(source, Path.Combine(Out, "soft.mkv"));
        storages.RequireApart(source, Path.Combine(Out, "movie.mkv"));
    }

    [Fact]
    public async Task Folders_that_are_made_for_an_output_are_synced_with_their_names()
    {
        var trace = Path.Combine(folder.FullName, "trace");
        var key = Path.Combine(folder.FullName, "a", "b", "secret.key");
        using var strace = Process.Start(new ProcessStartInfo("strace",
            ["-f", "-qq", "-y", "-e", "trace=fsync", "-o", trace, "-p", $"{Environment.ProcessId}"]) { RedirectStandardError = true })!;
        await MediaNommer.Tests.Soon.BeAsync(
            () => Directory.EnumerateDirectories("/proc/self/task").All(thread => IsTraced(thread, strace.Id)), "strace to follow every thread");
        SecretBox.FromKeyFile(key);
        await storage.PrepareAsync(Path.Combine(Out, "x", "y", "film.mp4"), Tag, default);
        Sh($"kill -INT {strace.Id}");
        await strace.WaitForExitAsync();

        var synced = File.ReadAllText(trace);
        foreach (var place in (string[])[folder.FullName, Out, Path.Combine(Out, "x"), Path.Combine(folder.FullName, "a"), Path.GetDirectoryName(key)!])
            synced.ShouldContain($"<{place}>");
        synced.ShouldContain($"<{key}.");
    }

    // A thread that ended since it was listed is no matter.
    private static bool IsTraced(string thread, int by)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "status")).Contains($"TracerPid:\t{by}\n", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    private async Task WriteAsync(string dest, OutputTag? tag = null)
    {
        var output = Path.Combine(folder.FullName, "output");
        await File.WriteAllTextAsync(output, "new");
        Sh($"chmod 0600 {output}");
        await storage.PrepareAsync(dest, tag ?? Tag, default);
        await using var staged = await storage.StageAsync(output, dest, tag ?? Tag, null, default);
        await staged.PromoteAsync(_ => Task.CompletedTask, default);
    }

    private string Facts(string name) =>
        Sh($"stat -c '%u:%g %a' {Out}/{name}; getfacl -cpn {Out}/{name} 2>/dev/null").Trim();

    private static string Sh(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true })!;
        var text = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return text;
    }
}
