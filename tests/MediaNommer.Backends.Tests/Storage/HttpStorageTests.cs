using MediaNommer.Core.Storage;
using MediaNommer.StorageConformance;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

/// <summary>Against Apache with WebDAV: ranges, ETags, PUT, MKCOL, Basic authentication.</summary>
public class HttpStorageTests : MediaStorageConformance
{
    private readonly string home = Directory.CreateTempSubdirectory("nommer-apache-").FullName;
    private ServerProcess server = null!;
    private int port;

    public HttpStorageTests() => Storage = new HttpStorage(Options, new HastyClock());

    protected override IMediaStorage Storage { get; }

    // Apache's MOVE deletes what it replaces first, as the standard says.
    protected override bool ReplacesInOneStep => false;

    protected override bool SeesFolders => false;

    protected override string AddressOf(string name) => Address("bob:hush%21%40@", name);

    public override async Task InitializeAsync()
    {
        port = ServerProcess.FreePort();
        AllowAll(Root);
        AllowAll(home);
        // bob with the password hush!@
        await File.WriteAllTextAsync(Path.Combine(home, "users"), "bob:{SHA}" + Convert.ToBase64String(
            System.Security.Cryptography.SHA1.HashData("hush!@"u8)) + "\n");
        await File.WriteAllTextAsync(Path.Combine(home, "httpd.conf"), Settings());
        server = ServerProcess.Start(
            "/usr/sbin/apache2", "apache2-bin", "-X", "-d", home, "-f", Path.Combine(home, "httpd.conf"));
        await ServerProcess.WaitForPortAsync(port);
    }

    public override async Task DisposeAsync()
    {
        server.Dispose();
        await base.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task Wrong_credentials_are_a_final_error_that_does_not_show_them()
    {
        await PutAsync("movie.mp4", 10);
        foreach (var login in (string[])["bob:guessed%21@", ""])
        {
            var read = await Should.ThrowAsync<MediaStorageException>(
                () => Storage.StatAsync(Address(login, "movie.mp4"), default));
            var write = await Should.ThrowAsync<MediaStorageException>(
                () => Storage.PrepareAsync(Address(login, "film.mp4"), First, default));
            (read.Code, write.Code).ShouldBe((MediaStorageErrors.SourceUnreadable, MediaStorageErrors.DestNotWritable));
            (read.ToString() + write).ShouldNotContain("guessed");
            read.Message.ShouldContain("check the credentials");
        }
    }

    [Fact]
    public async Task An_output_is_moved_into_place_not_sent_a_second_time()
    {
        var (path, content) = await NewOutputAsync(100_000);
        await using var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), First, null, default);
        File.Delete(path);
        await staged.PromoteAsync(StillHeld, default);
        ShouldHold(Path.Combine(Root, "film.mp4"), content);
    }

    [Fact]
    public async Task A_half_sent_output_is_not_shown_by_the_server()
    {
        var (path, _) = await NewOutputAsync(20_000_000);
        using var cancellation = new CancellationTokenSource();
        var seen = false;
        var progress = new Progress(() =>
        {
            seen |= File.Exists(Path.Combine(Root, "film.mp4"));
            cancellation.Cancel();
        });
        await Should.ThrowAsync<OperationCanceledException>(
            () => Storage.StageAsync(path, AddressOf("film.mp4"), First, progress, cancellation.Token));
        seen.ShouldBeFalse();
        File.Exists(Path.Combine(Root, "film.mp4")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_run_that_was_frozen_while_it_sent_its_output_overwrites_nothing_when_it_wakes_up()
    {
        var (path, _) = await NewOutputAsync(20_000_000);
        using var thaw = new ManualResetEventSlim();
        var frozen = new TaskCompletionSource();
        var progress = new Progress(() =>
        {
            frozen.TrySetResult();
            thaw.Wait();
        });
        var staging = Task.Run(() => Storage.StageAsync(path, AddressOf("film.mp4"), First, progress, default));
        await frozen.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var winner = await WriteAsync("film.mp4", First with { Attempt = 2 }, 2000);

        thaw.Set();
        await using (var staged = await staging)
        {
            ShouldHold(Path.Combine(Root, "film.mp4"), winner);
            await Should.ThrowAsync<OperationCanceledException>(() => staged.PromoteAsync(
                _ => throw new OperationCanceledException(new CancellationToken(canceled: true)),
                new CancellationToken(canceled: true)));
        }

        ShouldHold(Path.Combine(Root, "film.mp4"), winner);
        Files().ShouldBe(["film.mp4"]);
    }

    protected override bool IsTheServersOwn(string name) => name.Contains(".DAV/", StringComparison.Ordinal);

    private static void AllowAll(string folder) => File.SetUnixFileMode(
        folder, (UnixFileMode)Convert.ToInt32("777", 8));

    private string Address(string login, string name) => $"http://{login}127.0.0.1:{port}/{Encode(name)}";

    private string Settings()
    {
        string[] modules = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "dav", "dav_fs"];
        var loads = modules.Select(name => $"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so");
        return string.Join('\n', loads) + $"""

            ServerName localhost
            Listen 127.0.0.1:{port}
            User www-data
            Group www-data
            PidFile {home}/pid
            ErrorLog {home}/errors
            DAVLockDB {home}/locks
            DocumentRoot {Root}
            <Directory {Root}>
                Dav On
                AuthType Basic
                AuthName films
                AuthUserFile {home}/users
                Require valid-user
            </Directory>

            """;
    }
}
