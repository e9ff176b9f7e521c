using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class S3DownloadTroubleTests : S3TroubleRig
{
    [Fact]
    public async Task A_large_source_comes_in_parts_at_the_same_time_each_on_the_condition_that_it_is_still_the_same()
    {
        var content = await PutSourceAsync();
        var (waiting, all) = (0, new TaskCompletionSource());
        var conditions = new List<string>();
        Store.Trouble = async context =>
        {
            if (context.Request.Method != "GET")
                return false;
            lock (conditions)
                conditions.Add(context.Request.Headers.IfMatch.ToString());
            if (Interlocked.Increment(ref waiting) == 3)
                all.SetResult();
            await all.Task.WaitAsync(TimeSpan.FromSeconds(10));
            return false;
        };
        await FetchAsync(content);

        Store.Requests.Order().ShouldBe([
            "GET film.mp4 bytes=0-5242879", "GET film.mp4 bytes=10485760-11999999", "GET film.mp4 bytes=5242880-10485759",
            "HEAD film.mp4"]);
        conditions.Distinct().Single().ShouldBe((await Storage.StatAsync(Address, default)).Revision);
    }

    [Fact]
    public async Task A_small_source_comes_in_one_piece()
    {
        await FetchAsync(await PutSourceAsync(PartSize));
        Store.Requests.ShouldBe(["HEAD film.mp4", "GET film.mp4"]);
    }

    [Theory]
    [InlineData(PartSize)]
    [InlineData(12_000_000)]
    public async Task A_store_that_sends_no_tag_is_read_all_the_same(int size)
    {
        var content = await PutSourceAsync(size);
        Store.Trouble = context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers.Remove("ETag");
                return Task.CompletedTask;
            });
            return Task.FromResult(false);
        };

        await FetchAsync(content);

        (await Storage.StatAsync(Address, default)).Revision.ShouldBeNull();
        await using var open = (await Storage.OpenAsync(Address, default)).ShouldNotBeNull();
        await open.CopyAsync(10, 100, Stream.Null, default);
    }

    [Fact]
    public async Task A_store_whose_tag_differs_with_each_answer_is_read_all_the_same()
    {
        var content = await PutSourceAsync(PartSize);
        Store.Trouble = context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers.ETag = $"\"{Guid.NewGuid()}\"";
                return Task.CompletedTask;
            });
            return Task.FromResult(false);
        };
        await FetchAsync(content);
    }

    [Fact]
    public async Task An_object_that_was_stored_compressed_arrives_as_it_is()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(content);
        packed.Position = 0;
        await Bucket.Client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket.Name, Key = "film.mp4", InputStream = packed, UseChunkEncoding = false,
            Headers = { ContentEncoding = "gzip" },
        });
        await FetchAsync(content);
        Directory.GetFiles(Work).ShouldBe([Target]);
    }

    [Fact]
    public async Task The_checksum_of_parts_is_not_taken_for_that_of_the_whole_where_the_store_does_not_say_which_it_is()
    {
        var content = RandomNumberGenerator.GetBytes(Size);
        var source = Path.Combine(Directory.CreateTempSubdirectory("nommer-parts-").FullName, "film.mp4");
        await File.WriteAllBytesAsync(source, content);
        using var transfer = new TransferUtility(Bucket.Client, new TransferUtilityConfig { MinSizeBeforePartUpload = PartSize });
        await transfer.UploadAsync(new TransferUtilityUploadRequest
        {
            BucketName = Bucket.Name, Key = "film.mp4", FilePath = source, PartSize = PartSize, ChecksumAlgorithm = ChecksumAlgorithm.CRC32,
        });
        Directory.Delete(Path.GetDirectoryName(source)!, recursive: true);

        await FetchAsync(content);
    }

    [Fact]
    public async Task A_part_whose_connection_breaks_goes_on_where_it_left_off()
    {
        Aws.S3.ParallelParts = 1;
        var content = await PutSourceAsync();
        Store.Cuts.Enqueue(1_000_000);
        Store.Cuts.Enqueue(2_000_000);
        var last = default(TransferProgress);
        await FetchAsync(content, new Watch(value => last = value));

        var starts = Store.Requests.Where(request => request.StartsWith("GET", StringComparison.Ordinal))
            .Select(request => long.Parse(request.Split('=')[1].Split('-')[0])).ToList();
        starts.ShouldBe([0, 1_000_000, 3_000_000, 5_242_880, 10_485_760]);
        last.ShouldBe(new TransferProgress(Size, Size));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_changes_meanwhile_is_an_error_and_never_a_mixture(bool heedsTheCondition)
    {
        Options.TransferTimeout = 600;
        await PutSourceAsync();
        var replacing = new Lazy<Task>(() => PutSourceAsync());
        Store.Trouble = async context =>
        {
            if (!heedsTheCondition)
                context.Request.Headers.Remove("If-Match");
            if (context.Request.Method == "GET")
                await replacing.Value;
            return false;
        };
        var error = await FailToFetchAsync();
        error.Code.ShouldBe(MediaStorageErrors.SourceChanged);
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_store_that_sends_the_whole_instead_of_a_part_is_told_from_one_that_sends_the_part()
    {
        await PutSourceAsync();
        Store.Trouble = context =>
        {
            context.Request.Headers.Remove("Range");
            return Task.FromResult(false);
        };
        (await FailToFetchAsync()).Message.ShouldContain("does not send parts");
    }

    [Fact]
    public async Task Bytes_that_changed_on_the_way_are_found_by_the_checksum_of_the_whole()
    {
        await PutSourceAsync();
        Store.Spoils = (context, body) =>
        {
            if (context.Request.Headers.Range.ToString().StartsWith("bytes=5242880-", StringComparison.Ordinal))
                body[100] ^= 1;
            return body;
        };
        var error = await FailToFetchAsync();
        error.Message.ShouldContain("MD5");
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task A_busy_store_is_asked_again()
    {
        var content = await PutSourceAsync();
        var refusals = 4;
        Store.Trouble = context => Interlocked.Decrement(ref refusals) >= 0
            ? TroubledS3.RefuseAsync(context, 503, "SlowDown")
            : Task.FromResult(false);
        await FetchAsync(content);
    }

    [Fact]
    public async Task A_store_that_stays_busy_is_given_up_with_what_it_said()
    {
        Store.Trouble = context => TroubledS3.RefuseAsync(context, 503, "SlowDown", "Please reduce your request rate.");
        var error = await FailToFetchAsync();
        error.Code.ShouldBe(MediaStorageErrors.TransferFailed);
        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("503");
        error.Message.ShouldContain("given up after 4 tries");
    }

    [Fact]
    public async Task A_store_that_falls_silent_counts_as_broken()
    {
        await PutSourceAsync();
        Options.TransferTimeout = 4;
        Options.TransferRetries = 1;
        Store.Trouble = async context =>
        {
            if (context.Request.Method == "GET")
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return false;
        };
        (await FailToFetchAsync()).Message.ShouldContain("TransferTimeout");
    }

    [Fact]
    public async Task A_cancelled_fetch_ends_at_once_also_while_the_store_is_silent()
    {
        await PutSourceAsync();
        using var cancellation = new CancellationTokenSource();
        var asked = new TaskCompletionSource();
        Store.Trouble = async context =>
        {
            if (context.Request.Method != "GET")
                return false;
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        var fetch = Storage.FetchAsync(Address, Target, null, cancellation.Token);
        await asked.Task;
        var start = Stopwatch.GetTimestamp();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(fetch);
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(1));
        File.Exists(Target).ShouldBeFalse();
    }

    private sealed class Watch(Action<TransferProgress> see) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => see(value);
    }
}
