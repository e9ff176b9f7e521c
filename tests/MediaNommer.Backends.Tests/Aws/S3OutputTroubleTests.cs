using Amazon.S3.Model;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class S3OutputTroubleTests : S3TroubleRig
{
    private static readonly OutputTag Next = Tag with { Attempt = 2 };

    [Fact]
    public async Task An_output_is_one_upload_that_completing_it_makes_visible()
    {
        var type = "";
        Store.Trouble = context =>
        {
            if (context.Request.Query.ContainsKey("uploads"))
                type = context.Request.ContentType;
            return Task.FromResult(false);
        };
        await using (var staged = await StageAsync(Tag))
        {
            type.ShouldBe("video/mp4");
            Bucket.Get("film.mp4").ShouldBeNull();
            Store.Requests.ShouldContain("PUT film.mp4 partNumber&uploadId");
            await staged.PromoteAsync(StillHeld, default);
        }

        Store.Requests.Count(request => request.StartsWith("PUT film.mp4", StringComparison.Ordinal)).ShouldBe(3);
        var head = await Bucket.Client.GetObjectMetadataAsync(Bucket.Name, "film.mp4");
        head.Metadata["nommer-run"].ShouldBe("job-1");
        ShouldHold(OutputOf(Tag));
        (await Bucket.EverythingAsync()).ShouldBe(["film.mp4"]);
    }

    [Fact]
    public async Task A_run_that_was_overtaken_between_the_question_and_the_last_step_puts_nothing_in_place()
    {
        await using var stale = await StageAsync(Tag);
        var error = await Should.ThrowAsync<MediaStorageException>(() => stale.PromoteAsync(
            async token =>
            {
                // It still holds the step; then it is frozen, and the next attempt begins.
                await Storage.PrepareAsync(Address, Next, token);
            },
            default));
        error.Code.ShouldBe(MediaStorageErrors.Superseded);
        Bucket.Get("film.mp4").ShouldBeNull();

        await using var next = await StageAsync(Next);
        await next.PromoteAsync(StillHeld, default);
        await stale.DisposeAsync();
        ShouldHold(OutputOf(Next));
    }

    [Fact]
    public async Task What_a_dead_worker_left_is_gone_when_the_next_attempt_begins()
    {
        // Never disposed: its worker died.
        await StageAsync(Tag);
        (await Bucket.EverythingAsync()).ShouldBe([".film.mp4.job-1.nommer-part", "film.mp4 (upload)"]);
        await Storage.PrepareAsync(Address, Next, default);
        (await Bucket.EverythingAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_tag_that_was_written_twice_leaves_none_behind_in_a_bucket_with_versions()
    {
        await Bucket.Client.PutBucketVersioningAsync(new()
        {
            BucketName = Bucket.Name, VersioningConfig = new() { Status = Amazon.S3.VersionStatus.Enabled },
        });
        var written = 0;
        Store.Loses = context => Task.FromResult(
            context.Request.Method == "PUT" && context.Request.Path.Value!.Contains("nommer-part", StringComparison.Ordinal)
            && Interlocked.Increment(ref written) == 1);

        await using (var staged = await StageAsync(Tag))
            await staged.PromoteAsync(StillHeld, default);

        written.ShouldBe(2);
        (await Bucket.EverythingAsync()).ShouldBe(["film.mp4"]);
    }

    [Fact]
    public async Task Uploads_of_other_people_to_the_same_name_are_left_alone()
    {
        await Bucket.Client.InitiateMultipartUploadAsync(Bucket.Name, "film.mp4");
        await Storage.PrepareAsync(Address, Next, default);
        (await Bucket.UploadsAsync()).ShouldBe(["film.mp4"]);
    }

    [Fact]
    public async Task A_stale_run_that_prepares_late_takes_nothing_from_the_current_one()
    {
        await using var current = await StageAsync(Next);
        await Storage.PrepareAsync(Address, Tag, default);
        await current.PromoteAsync(StillHeld, default);
        ShouldHold(OutputOf(Next));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, MediaStorageErrors.Superseded)]
    public async Task A_completion_whose_answer_got_lost_is_told_from_an_output_that_was_taken_away(bool isOurs, string? code)
    {
        await using var staged = await StageAsync(Tag);
        var lost = 0;
        Store.Loses = async context =>
        {
            if (!IsCompletion(context.Request) || Interlocked.Increment(ref lost) > 1)
                return false;
            if (!isOurs)
                await Bucket.PutAsync("film.mp4", [1, 2, 3]);
            return true;
        };
        var promotion = staged.PromoteAsync(StillHeld, default);
        if (code is null)
            await promotion;
        else
            (await Should.ThrowAsync<MediaStorageException>(promotion)).Code.ShouldBe(code);
        lost.ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_completion_that_takes_the_store_long_is_waited_for()
    {
        await using var staged = await StageAsync(Tag);
        // Time-outs are a twentieth as long here.
        Options.TransferTimeout = 4;
        Store.Trouble = async context =>
        {
            if (IsCompletion(context.Request))
                await Task.Delay(TimeSpan.FromSeconds(1));
            return false;
        };
        await staged.PromoteAsync(StillHeld, default);
        ShouldHold(OutputOf(Tag));
        Store.Requests.Count(request => request == "POST film.mp4 uploadId").ShouldBe(1);
    }

    [Fact]
    public async Task An_output_that_appears_a_while_after_its_completion_broke_off_is_waited_for()
    {
        await using var staged = await StageAsync(Tag);
        var (completions, looks) = (0, 0);
        Store.Trouble = async context =>
        {
            if (IsCompletion(context.Request))
            {
                if (++completions > 1)
                    return await TroubledS3.RefuseAsync(context, 404, "NoSuchUpload");
                context.Abort();
                return true;
            }

            if (context.Request.Method != "HEAD")
                return false;
            if (++looks == 3)
                await Bucket.Client.PutObjectAsync(new PutObjectRequest
                {
                    BucketName = Bucket.Name, Key = "film.mp4", ContentBody = "put together", Metadata = { ["nommer-run"] = "job-1" },
                });
            return false;
        };
        await staged.PromoteAsync(StillHeld, default);
        looks.ShouldBe(3);
    }

    [Fact]
    public async Task Cleaning_up_after_dead_attempts_leaves_a_later_one_alone()
    {
        // Never disposed: their worker died.
        await StageAsync(Tag, size: 1000);
        await StageAsync(Next, size: 1000);
        await using var current = await StageAsync(Tag with { Attempt = 3 }, size: 1000);
        await Storage.CleanUpAsync(Address, Next, default);
        (await Bucket.EverythingAsync()).ShouldBe([".film.mp4.job-3.nommer-part", "film.mp4 (upload)"]);
        await current.PromoteAsync(StillHeld, default);
        ShouldHold(OutputOf(Tag with { Attempt = 3 }));
    }

    [Fact]
    public async Task The_hidden_file_beside_a_very_long_key_has_a_key_that_S3_takes_and_a_checksum_for_buckets_that_lock_objects()
    {
        var folders = string.Concat(Enumerable.Repeat(new string('f', 99) + "/", 9));
        var address = Bucket.AddressOf(folders + new string('n', 120) + ".mp4");
        var digest = "";
        Store.Trouble = context =>
        {
            if (context.Request.Method == "PUT")
                digest = context.Request.Headers.ContentMD5.ToString();
            return Task.FromResult(false);
        };
        await Storage.PrepareAsync(address, new OutputTag(new string('0', 32), 99), default);
        var hidden = Store.Requests.Where(request => request.StartsWith("PUT ", StringComparison.Ordinal)).Select(request => request[4..]);
        hidden.Single().ShouldStartWith(folders + ".");
        hidden.Single().Length.ShouldBeLessThanOrEqualTo(1024);
        digest.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_run_is_asked_before_each_try_whether_it_still_holds_its_step()
    {
        await using var staged = await StageAsync(Tag);
        Store.Trouble = context => IsCompletion(context.Request)
            ? TroubledS3.RefuseAsync(context, 503, "SlowDown")
            : Task.FromResult(false);
        var questions = 0;
        await Should.ThrowAsync<LeaseLostException>(
            () => staged.PromoteAsync(_ => ++questions == 1 ? Task.CompletedTask : throw new LeaseLostException(), default));
        Store.Requests.Count(request => request == "POST film.mp4 uploadId").ShouldBe(1, "the SDK tried again of itself");
    }

    [Fact]
    public async Task Parts_that_break_are_sent_again_and_those_that_arrived_are_not()
    {
        var refused = 0;
        Store.Trouble = async context =>
        {
            if (context.Request.Query["partNumber"] != "2" || Interlocked.Increment(ref refused) > 3)
                return false;
            await context.Request.Body.ReadAtLeastAsync(new byte[1000], 1000);
            context.Abort();
            return true;
        };
        await using var staged = await StageAsync(Tag);
        await staged.PromoteAsync(StillHeld, default);
        ShouldHold(OutputOf(Tag));
        Store.Requests.Count(request => request == "PUT film.mp4 partNumber&uploadId").ShouldBe(3 + 3);
    }

    [Fact]
    public async Task Bytes_that_change_on_the_way_are_refused_by_the_store()
    {
        var digests = new List<string>();
        Store.Trouble = context =>
        {
            if (context.Request.Query.ContainsKey("partNumber"))
            {
                lock (digests)
                    digests.Add(context.Request.Headers.ContentMD5.ToString());
            }

            return Task.FromResult(false);
        };
        await using var staged = await StageAsync(Tag, size: 1000);
        digests.ShouldBe([Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(OutputOf(Tag)))]);
    }

    [Fact]
    public async Task A_cancelled_upload_leaves_nothing_that_costs_money()
    {
        using var cancellation = new CancellationTokenSource();
        var arrived = 0;
        Store.Trouble = async context =>
        {
            if (context.Request.Query.ContainsKey("partNumber") && Interlocked.Increment(ref arrived) == 2)
                await cancellation.CancelAsync();
            return false;
        };
        await Should.ThrowAsync<OperationCanceledException>(() => StageAsync(Tag, cancellation: cancellation.Token));
        (await Bucket.EverythingAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_store_that_refuses_a_part_for_good_is_left_clean()
    {
        Store.Trouble = context => context.Request.Query["partNumber"] == "3"
            ? TroubledS3.RefuseAsync(context, 403, "AccessDenied")
            : Task.FromResult(false);
        (await Should.ThrowAsync<MediaStorageException>(() => StageAsync(Tag))).Code.ShouldBe(MediaStorageErrors.DestNotWritable);
        (await Bucket.EverythingAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("PUT", ".film.mp4.job-1.nommer-part", "s3:PutObject")]
    [InlineData("GET", ".film.mp4.job-1.nommer-part", "s3:GetObject")]
    [InlineData("DELETE", ".film.mp4.job-1.nommer-part", "s3:DeleteObject")]
    [InlineData("POST", "film.mp4", "s3:PutObject")]
    [InlineData("DELETE", "film.mp4", "s3:AbortMultipartUpload")]
    public async Task A_missing_permission_is_found_before_the_work_and_named(string method, string key, string permission)
    {
        Store.Trouble = context => context.Request.Method == method && context.Request.Path.Value!.EndsWith($"/{key}", StringComparison.Ordinal)
            ? TroubledS3.RefuseAsync(context, 403, "AccessDenied")
            : Task.FromResult(false);
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.PrepareAsync(Address, Tag, default));
        error.Code.ShouldBe(MediaStorageErrors.DestNotWritable);
        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain($"need {permission} on");
    }

    [Fact]
    public async Task Keys_that_may_not_list_the_bucket_hear_denied_of_markers_that_are_not_there()
    {
        Store.Trouble = context => context.Request.Method == "GET" && context.Request.Path.Value!.Contains("job-1", StringComparison.Ordinal)
            ? TroubledS3.RefuseAsync(context, 403, "AccessDenied")
            : Task.FromResult(false);
        await Storage.PrepareAsync(Address, Next, default);
        (await Bucket.EverythingAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task In_a_bucket_with_versions_the_hidden_file_goes_without_a_trace()
    {
        await Bucket.Client.PutBucketVersioningAsync(new PutBucketVersioningRequest
        {
            BucketName = Bucket.Name, VersioningConfig = new S3BucketVersioningConfig { Status = Amazon.S3.VersionStatus.Enabled },
        });
        await Storage.PrepareAsync(Address, Next, default);
        await using (var staged = await StageAsync(Next, size: 1000))
            await staged.PromoteAsync(StillHeld, default);
        var versions = await Bucket.Client.ListVersionsAsync(Bucket.Name);
        versions.Versions.Select(version => version.Key).ShouldBe(["film.mp4"]);
    }

    private static bool IsCompletion(Microsoft.AspNetCore.Http.HttpRequest request) =>
        request.Method == "POST" && request.Query.ContainsKey("uploadId");

    private sealed class LeaseLostException : Exception;
}
