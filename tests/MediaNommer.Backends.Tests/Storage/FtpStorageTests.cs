using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using MediaNommer.StorageConformance;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

public class FtpStorageTests : MediaStorageConformance
{
    private readonly string control = Directory.CreateTempSubdirectory("nommer-ftp-").FullName;
    private ServerProcess server = null!;
    private int port;

    public FtpStorageTests() => Storage = new FtpStorage(Options, new HastyClock());

    protected override IMediaStorage Storage { get; }

    // FTP has no rename that is refused when something is there.
    protected override bool ReplacesNothing => false;

    protected override string AddressOf(string name) => Address("nommer:hush%40%20hush@", name);

    public override async Task InitializeAsync()
    {
        const string Module = "/usr/lib/python3/dist-packages/pyftpdlib";
        if (!Directory.Exists(Module))
            throw new InvalidOperationException($"{Module} is missing: apt-get install python3-pyftpdlib (./test.sh does it).");
        var script = Path.Combine(AppContext.BaseDirectory, "Storage/ftp_server.py");
        server = ServerProcess.Start("/usr/bin/python3", "python3", script, Root, control);
        _ = server.Process.StandardError.ReadToEndAsync();
        port = int.Parse((await server.Process.StandardOutput.ReadLineAsync())!);
    }

    public override async Task DisposeAsync()
    {
        server.Dispose();
        await base.DisposeAsync();
        Directory.Delete(control, recursive: true);
    }

    [Fact]
    public async Task A_broken_download_goes_on_where_it_broke_off()
    {
        var content = await PutAsync("movie.mp4", 3_000_000);
        CutAfter(1_000_000, 1_000_000);
        await FetchAsync("movie.mp4");
        ShouldHold(Local("source"), content);
        Transfers("RETR").Count.ShouldBe(3);
        Transfers("RETR").Sum().ShouldBeLessThan(3_300_000, "what had arrived was not sent again");
    }

    [Fact]
    public async Task A_broken_upload_goes_on_where_it_broke_off()
    {
        await Storage.PrepareAsync(AddressOf("film.mp4"), First, default);
        CutAfter(1_000_000, 1_000_000);
        var (path, content) = await NewOutputAsync(3_000_000);
        await using (var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), First, null, default))
            await staged.PromoteAsync(StillHeld, default);
        ShouldHold(Path.Combine(Root, "film.mp4"), content);
        Transfers("STOR").Sum().ShouldBeLessThan(3_300_000, "what had arrived was not sent again");
    }

    [Fact]
    public async Task A_source_that_changes_meanwhile_is_not_patched_together()
    {
        await PutAsync("movie.mp4", 3_000_000);
        CutAfter(1_000_000);
        var changed = false;
        var progress = new Progress(() =>
        {
            if (!changed)
                PutAsync("movie.mp4", 2_999_999).Wait();
            changed = true;
        });
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.FetchAsync(AddressOf("movie.mp4"), Local("source"), progress, default));
        error.Code.ShouldBe(MediaStorageErrors.SourceChanged);
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_line_that_always_breaks_is_given_up_and_may_be_tried_later()
    {
        await PutAsync("movie.mp4", 3_000_000);
        CutAfter([.. Enumerable.Repeat(200_000, 10)]);
        var error = await Should.ThrowAsync<MediaStorageException>(() => FetchAsync("movie.mp4"));
        error.Code.ShouldBe(MediaStorageErrors.TransferFailed);
        error.IsTransient.ShouldBeTrue();
        Transfers("RETR").Count.ShouldBe(6, "one try and five retries");
        File.Exists(Local("source")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_wrong_password_is_a_final_error_that_does_not_show_it()
    {
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.StatAsync(Address("nommer:guessed%21@", "x.mp4"), default));
        error.Message.ShouldContain("user name and password");
        error.ToString().ShouldNotContain("guessed");
        error.IsTransient.ShouldBeFalse();
    }

    [Fact]
    public async Task Without_a_name_the_login_is_anonymous()
    {
        await PutAsync("movie.mp4", 10);
        (await Storage.StatAsync(Address("", "movie.mp4"), default)).Size.ShouldBe(10);
    }

    [Fact]
    public async Task A_destination_that_may_not_be_written_to_is_refused_before_the_work_begins()
    {
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.PrepareAsync(Address("reader:hush%40%20hush@", "film.mp4"), First, default));
        error.Code.ShouldBe(MediaStorageErrors.DestNotWritable);
        error.ToString().ShouldNotContain("hush");
    }

    [Fact]
    public async Task A_line_break_in_a_name_cannot_smuggle_in_a_command()
    {
        await PutAsync("victim.mp4", 10);
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.StatAsync(Address("nommer:hush%40%20hush@", "x%0d%0aDELE%20victim.mp4"), default));
        error.Message.ShouldContain("line breaks");
        Files().ShouldBe(["victim.mp4"]);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_passing_error()
    {
        var nobody = new FtpStorage(new StorageOptions { TransferRetries = 1 }, new HastyClock());
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => nobody.StatAsync("ftp://user:hush@127.0.0.1:1/x.mp4", default));
        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("refused");
        error.ToString().ShouldNotContain("hush");
    }

    [Fact]
    public async Task A_server_that_says_nothing_counts_as_broken_after_the_time_out()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var patient = new FtpStorage(new StorageOptions { TransferRetries = 1, TransferTimeout = 2 }, new HastyClock());
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => patient.StatAsync($"ftp://{silent.LocalEndpoint}/x.mp4", default));
        error.Message.ShouldContain("TransferTimeout");
    }

    private string Address(string login, string name) =>
        $"ftp://{login}127.0.0.1:{port}/" + (name.Contains("%0d", StringComparison.Ordinal) ? name : Encode(name));

    private void CutAfter(params int[] bytes) =>
        File.WriteAllLines(Path.Combine(control, "cut"), bytes.Select(count => $"{count}"));

    /// <summary>How many bytes each transfer of that kind moved.</summary>
    private List<int> Transfers(string verb) =>
    [
        .. File.ReadAllLines(Path.Combine(control, "transfers")).Select(line => line.Split(' '))
            .Where(parts => parts[0] == verb && parts[2] != "0").Select(parts => int.Parse(parts[2])),
    ];
}
