using System.Diagnostics;
using System.Security.Cryptography;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

public sealed class HttpTroubleTests : IAsyncLifetime
{
    private const int Size = 2_000_000;
    private static readonly OutputTag Tag = new("job", 1);

    private readonly string work = Directory.CreateTempSubdirectory("nommer-http-").FullName;
    private readonly StorageOptions options = new() { TransferTimeout = 20, TransferRetries = 3 };
    private readonly HttpStorage storage;
    private TroubledServer server = null!;

    public HttpTroubleTests() => storage = new HttpStorage(options, new HastyClock());

    private string Target => Path.Combine(work, "source");

    public async Task InitializeAsync()
    {
        server = await TroubledServer.StartAsync();
        server.Content = RandomNumberGenerator.GetBytes(Size);
    }

    public async Task DisposeAsync()
    {
        storage.Dispose();
        await server.DisposeAsync();
        Directory.Delete(work, recursive: true);
    }

    [Theory]
    [InlineData("\"strong\"", null)]
    [InlineData(null, "Thu, 01 Jan 2026 00:00:00 GMT")]
    [InlineData("W/\"weak\"", "Thu, 01 Jan 2026 00:00:00 GMT")]
    public async Task A_broken_download_goes_on_where_it_broke_off(string? tag, string? lastModified)
    {
        (server.ETag, server.LastModified) = (tag, lastModified);
        server.Cuts.Enqueue(600_000);
        server.Cuts.Enqueue(600_000);
        await FetchAsync();

        server.Requests.Count.ShouldBe(3);
        server.Requests.Skip(1).ShouldAllBe(request => request.StartsWith("GET bytes="));
        server.Sent.ShouldBe(Size, "nothing was sent twice");
    }

    [Fact]
    public async Task A_server_without_ranges_sends_it_from_the_start()
    {
        server.KnowsRanges = false;
        server.Cuts.Enqueue(600_000);
        await FetchAsync();
        server.Requests.ShouldBe(["GET", "GET bytes=" + server.Requests.Last().Split('=')[1]]);
        server.Sent.ShouldBeGreaterThan(Size + 600_000);
    }

    [Fact]
    public async Task A_server_that_begins_anew_and_always_breaks_at_the_same_place_is_given_up()
    {
        server.KnowsRanges = false;
        for (var i = 0; i < 50; i++)
            server.Cuts.Enqueue(1_500_000);
        (await FailAsync()).IsTransient.ShouldBeTrue();
        server.Requests.Count.ShouldBeLessThan(10);
    }

    [Fact]
    public async Task Without_a_tag_or_a_time_nothing_is_patched_together()
    {
        server.ETag = null;
        server.Cuts.Enqueue(600_000);
        await FetchAsync();
        server.Requests.ShouldBe(["GET", "GET"]);
    }

    [Theory]
    [InlineData(Size)]
    [InlineData(Size - 1)]
    public async Task A_source_that_changes_meanwhile_is_told_of(int newSize)
    {
        server.Cuts.Enqueue(600_000);
        server.Trouble = _ =>
        {
            if (server.Requests.Count == 2)
                (server.Content, server.ETag) = (RandomNumberGenerator.GetBytes(newSize), "\"2\"");
            return Task.FromResult(false);
        };
        var error = await FailAsync();
        error.Code.ShouldBe(MediaStorageErrors.SourceChanged);
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_body_shorter_than_announced_is_never_taken_for_the_whole()
    {
        for (var i = 0; i < 10; i++)
            server.Cuts.Enqueue(8192);
        var error = await FailAsync();
        error.Code.ShouldBe(MediaStorageErrors.TransferFailed);
        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("given up after 4 tries");
        server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_chunked_body_that_breaks_off_is_never_taken_for_the_whole()
    {
        server.Trouble = async context =>
        {
            if (server.Requests.Count > 1)
                return false;
            context.Response.Headers.ETag = server.ETag;
            await context.Response.Body.WriteAsync(server.Content.AsMemory(0, 300_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        await FetchAsync();
    }

    [Fact]
    public async Task A_long_file_gets_through_however_often_the_line_breaks_as_long_as_it_moves_on()
    {
        server.Content = RandomNumberGenerator.GetBytes(12_000_000);
        for (var i = 0; i < 8; i++)
            server.Cuts.Enqueue(1_300_000);
        await FetchAsync();
        server.Requests.Count.ShouldBe(9);
    }

    [Fact]
    public async Task A_server_that_is_busy_is_asked_again_when_it_says()
    {
        server.Trouble = context =>
        {
            if (server.Requests.Count > 3)
                return Task.FromResult(false);
            context.Response.StatusCode = server.Requests.Count == 1 ? 503 : 429;
            context.Response.Headers.RetryAfter = "8";
            return Task.FromResult(true);
        };
        var start = Stopwatch.GetTimestamp();
        await FetchAsync();
        server.Requests.Count.ShouldBe(4);
        (Stopwatch.GetElapsedTime(start) * 20).TotalSeconds.ShouldBeGreaterThan(23, "three times 8 s, on the hasty clock");
    }

    [Fact]
    public async Task Silence_counts_as_a_broken_connection()
    {
        server.Trouble = async context =>
        {
            if (server.Requests.Count > 1)
                return false;
            context.Response.Headers.ETag = server.ETag;
            context.Response.ContentLength = Size;
            await context.Response.Body.WriteAsync(server.Content.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
            return true;
        };
        await FetchAsync();
        server.Requests.ShouldBe(["GET", "GET bytes=100000-"]);
    }

    [Fact]
    public async Task Silence_from_the_start_is_given_up_with_the_reason()
    {
        options.TransferTimeout = 2;
        server.Trouble = async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
            return true;
        };
        var error = await FailAsync();
        error.Message.ShouldContain("nothing moved for 2 s (TransferTimeout)");
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_slow_drip_is_not_silence()
    {
        options.TransferTimeout = 40;
        server.Content = RandomNumberGenerator.GetBytes(60);
        server.Trouble = async context =>
        {
            context.Response.ContentLength = server.Content.Length;
            foreach (var value in server.Content)
            {
                await context.Response.Body.WriteAsync(new[] { value });
                await context.Response.Body.FlushAsync();
                await Task.Delay(50);
            }

            return true;
        };
        await FetchAsync();
        server.Requests.Count.ShouldBe(1, "three seconds of drips, each well before the two seconds of the time-out");
    }

    [Theory]
    [InlineData(404, MediaStorageErrors.SourceNotFound)]
    [InlineData(410, MediaStorageErrors.SourceNotFound)]
    [InlineData(401, MediaStorageErrors.SourceUnreadable)]
    [InlineData(403, MediaStorageErrors.SourceUnreadable)]
    [InlineData(418, MediaStorageErrors.SourceUnreadable)]
    public async Task A_refusal_is_final_and_asked_for_once(int status, string code)
    {
        AnswerWith(status);
        var error = await FailAsync("http://bob:hush@", "?X-Amz-Signature=topsecret");
        error.Code.ShouldBe(code);
        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain($"{status}");
        error.ToString().ShouldNotContain("hush");
        error.ToString().ShouldNotContain("topsecret");
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_compressed_answer_is_kept_as_it_is()
    {
        server.Trouble = context =>
        {
            context.Request.Headers.AcceptEncoding.ToString().ShouldBe("identity");
            context.Response.Headers.ContentEncoding = "gzip";
            return Task.FromResult(false);
        };
        await FetchAsync();
    }

    [Theory]
    [InlineData(405)]
    [InlineData(403)]
    [InlineData(501)]
    public async Task The_size_is_found_where_HEAD_is_refused(int status)
    {
        server.Trouble = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(context.Request.Method == "HEAD");
        };
        (await storage.StatAsync(server.Address, default)).ShouldBe(new MediaStat(Size, "\"1\""));
    }

    [Fact]
    public async Task Redirects_are_followed_and_credentials_stay_with_their_host()
    {
        await using var other = await TroubledServer.StartAsync();
        other.Content = server.Content;
        var authorizations = new List<string>();
        Redirect(server, _ => other.Address);
        other.Trouble = context =>
        {
            authorizations.Add(context.Request.Headers.Authorization.ToString());
            return Task.FromResult(false);
        };
        other.Cuts.Enqueue(600_000);
        await FetchAsync("http://bob:hush@");
        authorizations.ShouldBe(["", ""]);
    }

    [Fact]
    public async Task Redirects_in_a_circle_and_to_other_protocols_are_refused()
    {
        Redirect(server, _ => "/again");
        (await FailAsync()).Message.ShouldContain("redirected more than 10 times");
        Redirect(server, _ => "file:///etc/passwd");
        (await FailAsync()).Message.ShouldContain("file://");
    }

    [Fact]
    public async Task A_full_work_disk_is_told_of()
    {
        using var disk = SmallDisk.TryMount(1 << 20);
        if (disk is null)
            return;
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => storage.FetchAsync(server.Address, Path.Combine(disk.Path, "source"), null, default));
        error.Message.ShouldContain("disk of the work folders is full");
        error.IsTransient.ShouldBeTrue();
        Directory.EnumerateFiles(disk.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_output_is_sent_again_when_the_server_was_busy()
    {
        var refusals = 2;
        server.Trouble = context =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(refusals-- > 0);
        };
        (await PutAsync()).ShouldBe(server.Received);
        server.Requests.ShouldBe(["PUT", "PUT", "PUT"]);
    }

    [Theory]
    [InlineData(403, "credentials")]
    [InlineData(405, "PUT")]
    [InlineData(413, "files of that size")]
    public async Task A_refused_output_is_a_final_error_with_the_remedy(int status, string remedy)
    {
        AnswerWith(status);
        var error = await Should.ThrowAsync<MediaStorageException>(PutAsync);
        error.Code.ShouldBe(MediaStorageErrors.DestNotWritable);
        error.Message.ShouldContain(remedy);
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_output_follows_a_redirect_that_keeps_the_method_and_no_other()
    {
        await using var other = await TroubledServer.StartAsync();
        Redirect(server, _ => other.Address, status: 307);
        (await PutAsync()).ShouldBe(other.Received);

        Redirect(server, _ => other.Address, status: 303);
        (await Should.ThrowAsync<MediaStorageException>(PutAsync)).Code.ShouldBe(MediaStorageErrors.DestNotWritable);
    }

    [Fact]
    public async Task A_destination_whose_server_is_not_there_is_found_before_the_work_begins()
    {
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => storage.PrepareAsync("http://bob:hush@127.0.0.1:1/film.mp4", Tag, default));
        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("refused");
        error.ToString().ShouldNotContain("hush");
    }

    [Theory]
    [InlineData("http://bob:hush@/x")]
    [InlineData("http://bob:hu sh@host:99999/x")]
    public async Task An_address_that_is_none_is_refused_without_showing_its_password(string address)
    {
        var error = await Should.ThrowAsync<MediaStorageException>(() => storage.StatAsync(address, default));
        error.Message.ShouldContain("not a valid address");
        error.ToString().ShouldNotContain("hu");
    }

    private async Task FetchAsync(string login = "http://")
    {
        var progress = new Arrivals(server);
        await storage.FetchAsync(
            server.Address.Replace("http://", login, StringComparison.Ordinal), Target, progress, default);
        (await File.ReadAllBytesAsync(Target)).AsSpan().SequenceEqual(server.Content).ShouldBeTrue();
    }

    private async Task<MediaStorageException> FailAsync(string login = "http://", string query = "")
    {
        var address = server.Address.Replace("http://", login, StringComparison.Ordinal) + query;
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => storage.FetchAsync(address, Target, null, default));
        File.Exists(Target).ShouldBeFalse();
        return error;
    }

    private async Task<byte[]> PutAsync()
    {
        var path = Path.Combine(work, "output");
        await File.WriteAllBytesAsync(path, server.Content);
        await using var staged = await storage.StageAsync(path, server.Address, Tag, null, default);
        await staged.PromoteAsync(default);
        return server.Content;
    }

    private sealed class Arrivals : IProgress<TransferProgress>
    {
        private readonly TroubledServer server;

        public Arrivals(TroubledServer server)
        {
            this.server = server;
            server.Arrived = 0;
        }

        public void Report(TransferProgress value) => server.Arrived = value.Bytes;
    }

    private void AnswerWith(int status) => server.Trouble = context =>
    {
        context.Response.StatusCode = status;
        return Task.FromResult(true);
    };

    private static void Redirect(TroubledServer from, Func<HttpContext, string> to, int status = 302) =>
        from.Trouble = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = to(context);
            return Task.FromResult(true);
        };
}
