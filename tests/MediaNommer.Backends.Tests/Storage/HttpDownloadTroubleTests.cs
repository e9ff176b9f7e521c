using System.Diagnostics;
using System.Security.Cryptography;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

public sealed class HttpDownloadTroubleTests : HttpTroubleRig
{
    [Theory]
    [InlineData("\"strong\"", null)]
    [InlineData(null, "Thu, 01 Jan 2026 00:00:00 GMT")]
    [InlineData("W/\"weak\"", "Thu, 01 Jan 2026 00:00:00 GMT")]
    public async Task A_broken_download_goes_on_where_it_broke_off(string? tag, string? lastModified)
    {
        (Server.ETag, Server.LastModified) = (tag, lastModified);
        Server.Cuts.Enqueue(600_000);
        Server.Cuts.Enqueue(600_000);
        await FetchAsync();

        Server.Requests.Count.ShouldBe(3);
        Server.Requests.Skip(1).ShouldAllBe(request => request.StartsWith("GET bytes="));
        Server.Sent.ShouldBe(Size, "nothing was sent twice");
    }

    [Fact]
    public async Task A_server_without_ranges_sends_it_from_the_start()
    {
        Server.KnowsRanges = false;
        Server.Cuts.Enqueue(600_000);
        await FetchAsync();
        Server.Requests.ShouldBe(["GET", "GET bytes=" + Server.Requests.Last().Split('=')[1]]);
        Server.Sent.ShouldBeGreaterThan(Size + 600_000);
    }

    [Fact]
    public async Task A_server_that_begins_anew_and_always_breaks_at_the_same_place_is_given_up()
    {
        Server.KnowsRanges = false;
        for (var i = 0; i < 50; i++)
            Server.Cuts.Enqueue(1_500_000);
        (await FailAsync()).IsTransient.ShouldBeTrue();
        Server.Requests.Count.ShouldBeLessThan(10);
    }

    [Fact]
    public async Task Without_a_tag_or_a_time_nothing_is_patched_together()
    {
        Server.ETag = null;
        Server.Cuts.Enqueue(600_000);
        await FetchAsync();
        Server.Requests.ShouldBe(["GET", "GET"]);
    }

    [Theory]
    [InlineData(Size)]
    [InlineData(Size - 1)]
    public async Task A_source_that_changes_meanwhile_comes_whole_from_its_new_version(int newSize)
    {
        Server.Cuts.Enqueue(600_000);
        Server.Trouble = _ =>
        {
            if (Server.Requests.Count == 2)
                (Server.Content, Server.ETag) = (RandomNumberGenerator.GetBytes(newSize), "\"2\"");
            return Task.FromResult(false);
        };
        await FetchAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Thu, 01 Jan 2026 00:00:00 GMT")]
    public async Task A_server_whose_tag_differs_with_each_answer_is_read_all_the_same(string? lastModified)
    {
        Server.LastModified = lastModified;
        for (var i = 0; i < 3; i++)
            Server.Cuts.Enqueue(600_000);
        Server.Trouble = _ =>
        {
            Server.ETag = $"\"{Guid.NewGuid()}\"";
            return Task.FromResult(false);
        };
        await FetchAsync();
        if (lastModified is not null)
        {
            // Once it was known that the tags mean nothing, the time vouched for the parts.
            Server.Sent.ShouldBeLessThan(Size + 1_500_000L);
        }
    }

    [Fact]
    public async Task A_part_with_another_tag_is_not_patched_in()
    {
        Server.Cuts.Enqueue(600_000);
        var content = Server.Content;
        Server.Trouble = context =>
        {
            // Another version, and a server that does not heed the condition.
            if (Server.Requests.Count == 2)
                (Server.Content, Server.ETag) = (RandomNumberGenerator.GetBytes(Size), "\"2\"");
            context.Request.Headers.Remove("If-Range");
            return Task.FromResult(false);
        };
        await FetchAsync();
        Server.Content.ShouldNotBeSameAs(content);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("GZIP, identity")]
    public async Task A_source_that_is_sent_compressed_arrives_as_it_is(string encoding)
    {
        Options.TransferTimeout = 200;
        Server.Cuts.Enqueue(600_000);
        Server.Encoding = encoding;
        await FetchAsync();
        Server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_compression_that_nobody_knows_is_named()
    {
        Server.Trouble = context =>
        {
            context.Response.Headers.ContentEncoding = "zstd";
            return Task.FromResult(false);
        };
        var error = await FailAsync();
        error.Message.ShouldContain("'zstd'");
        error.IsTransient.ShouldBeFalse();
    }

    [Fact]
    public async Task A_link_that_works_once_is_asked_once()
    {
        Options.TransferTimeout = 200;
        AnswerAfterTheFirstWith(410);
        await FetchAsync();
        Server.Requests.ShouldBe(["GET"]);
        Storage.AllowsStat.ShouldBeFalse();
    }

    [Fact]
    public async Task A_link_that_is_spent_when_the_connection_breaks_says_so()
    {
        Options.TransferTimeout = 200;
        Server.Cuts.Enqueue(600_000);
        AnswerAfterTheFirstWith(404);
        (await FailAsync()).Message.ShouldMatch("after [0-9]+ bytes, at which the connection broke.*good for one use only");
    }

    [Fact]
    public async Task A_body_shorter_than_announced_is_never_taken_for_the_whole()
    {
        for (var i = 0; i < 10; i++)
            Server.Cuts.Enqueue(8192);
        var error = await FailAsync();
        error.Code.ShouldBe(MediaStorageErrors.TransferFailed);
        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("given up after 4 tries");
        Server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_chunked_body_that_breaks_off_is_never_taken_for_the_whole()
    {
        Server.Trouble = async context =>
        {
            if (Server.Requests.Count > 1)
                return false;
            context.Response.Headers.ETag = Server.ETag;
            await context.Response.Body.WriteAsync(Server.Content.AsMemory(0, 300_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        await FetchAsync();
    }

    [Fact]
    public async Task A_long_file_gets_through_however_often_the_line_breaks_as_long_as_it_moves_on()
    {
        Server.Content = RandomNumberGenerator.GetBytes(12_000_000);
        for (var i = 0; i < 8; i++)
            Server.Cuts.Enqueue(1_300_000);
        await FetchAsync();
        Server.Requests.Count.ShouldBe(9);
    }

    [Fact]
    public async Task A_server_that_is_busy_is_asked_again_when_it_says()
    {
        Server.Trouble = context =>
        {
            if (Server.Requests.Count > 3)
                return Task.FromResult(false);
            context.Response.StatusCode = Server.Requests.Count == 1 ? 503 : 429;
            context.Response.Headers.RetryAfter = "8";
            return Task.FromResult(true);
        };
        var start = Stopwatch.GetTimestamp();
        await FetchAsync();
        Server.Requests.Count.ShouldBe(4);
        (Stopwatch.GetElapsedTime(start) * 20).TotalSeconds.ShouldBeGreaterThan(23, "three times 8 s, on the hasty clock");
    }

    [Fact]
    public async Task Silence_counts_as_a_broken_connection()
    {
        Server.Trouble = async context =>
        {
            if (Server.Requests.Count > 1)
                return false;
            context.Response.Headers.ETag = Server.ETag;
            context.Response.ContentLength = Size;
            await context.Response.Body.WriteAsync(Server.Content.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
            return true;
        };
        await FetchAsync();
        Server.Requests.ShouldBe(["GET", "GET bytes=100000-"]);
    }

    [Fact]
    public async Task Silence_from_the_start_is_given_up_with_the_reason()
    {
        Options.TransferTimeout = 2;
        Server.Trouble = async context =>
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
        Options.TransferTimeout = 40;
        Server.Content = RandomNumberGenerator.GetBytes(60);
        Server.Trouble = async context =>
        {
            context.Response.ContentLength = Server.Content.Length;
            foreach (var value in Server.Content)
            {
                await context.Response.Body.WriteAsync(new[] { value });
                await context.Response.Body.FlushAsync();
                await Task.Delay(50);
            }

            return true;
        };
        await FetchAsync();
        Server.Requests.Count.ShouldBe(1, "three seconds of drips, each well before the two seconds of the time-out");
    }

    [Fact]
    public async Task A_full_work_disk_is_told_of()
    {
        using var disk = SmallDisk.TryMount(1 << 20);
        if (disk is null)
            return;
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.FetchAsync(Server.Address, Path.Combine(disk.Path, "source"), null, default));
        error.Message.ShouldContain("disk of the work folders is full");
        error.IsTransient.ShouldBeTrue();
        Directory.EnumerateFiles(disk.Path).ShouldBeEmpty();
    }
}
