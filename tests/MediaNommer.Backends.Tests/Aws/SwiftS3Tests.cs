using System.Security.Cryptography;
using MediaNommer.Backends.Aws.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Storage;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>
/// What only a strict store can show: signatures over odd names and secrets, digests that are checked, ends of uploads. The
/// whole suite of storages passes on it, too, but takes most of a minute.
/// </summary>
public sealed class SwiftS3Tests : IAsyncLifetime
{
    private static readonly OutputTag First = new("job", 1);
    private static readonly OutputTag Second = new("job", 2);

    private readonly string work = Directory.CreateTempSubdirectory("nommer-swift-work-").FullName;
    private AwsOptions options = null!;
    private TestBucket bucket = null!;
    private S3Storage storage = null!;

    public async Task InitializeAsync()
    {
        options = await SwiftServer.OptionsAsync();
        options.S3.PartSize = 5 << 20;
        bucket = await TestBucket.CreateAsync(options);
        storage = new S3Storage(options, new StorageOptions(), () => new AwsAccess(options), new HastyClock());
    }

    public Task DisposeAsync()
    {
        storage.Dispose();
        bucket.Dispose();
        Directory.Delete(work, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("100% #1; a&b=c?+'\"[x]{y}~^`|<z>@$,!().mp4", 6_000_000)]
    [InlineData("ünïcödé 映画 🎬/%41%2F.mp4", 1000)]
    [InlineData("double//dots..", 1000)]
    public async Task Names_are_signed_and_taken_letter_by_letter(string name, int size)
    {
        var content = await PutAsync(name, First, size);
        (await bucket.EverythingAsync()).ShouldBe([name]);
        await storage.FetchAsync(bucket.AddressOf(name), Local("source"), null, default);
        (await File.ReadAllBytesAsync(Local("source"))).AsSpan().SequenceEqual(content).ShouldBeTrue();
    }

    [Fact]
    public async Task The_keys_in_an_address_of_2011_sign_when_they_are_right_and_are_named_when_not()
    {
        await bucket.PutAsync("film.mp4", [1, 2, 3]);
        var secret = options.SecretAccessKey;
        (options.AccessKeyId, options.SecretAccessKey) = ("nobody", "nothing");
        (await storage.StatAsync($"s3://test%3Atester:{secret}@{bucket.Name}/film.mp4", default)).Size.ShouldBe(3);

        var error = await Should.ThrowAsync<MediaStorageException>(
            () => storage.StatAsync($"s3://test%3Atester:{secret}x@{bucket.Name}/film.mp4", default));
        error.Message.ShouldContain("the secret access key does not belong to the id; check the keys in the address");
        error.ToString().ShouldNotContain(secret);
        (await Should.ThrowAsync<MediaStorageException>(() => storage.PrepareAsync(bucket.AddressOf("film.mp4"), First, default)))
            .Message.ShouldContain("the secret access key does not belong to the id; check the worker's keys");
    }

    [Fact]
    public async Task A_later_attempt_takes_the_output_of_an_earlier_one_away()
    {
        await using var stale = await StageAsync("film.mp4", First, 1000);
        var current = await PutAsync("film.mp4", Second, 2000);
        (await Should.ThrowAsync<MediaStorageException>(() => stale.PromoteAsync(_ => Task.CompletedTask, default)))
            .Code.ShouldBe(MediaStorageErrors.Superseded);
        bucket.Get("film.mp4").ShouldBe(current);
        (await bucket.EverythingAsync()).ShouldBe(["film.mp4"]);
    }

    [Fact]
    public async Task A_part_that_changed_on_the_way_is_refused_and_sent_again()
    {
        await using var spoiler = await TroubledS3.StartAsync(options.EndpointUrl);
        var spoilt = 0;
        spoiler.SpoilsRequests = (context, body) =>
        {
            if (context.Request.Query.ContainsKey("partNumber") && Interlocked.Increment(ref spoilt) == 1)
                body[10] ^= 1;
            return body;
        };
        options.S3.EndpointUrl = spoiler.Endpoint;
        var content = await PutAsync("film.mp4", First, 1000);
        bucket.Get("film.mp4").ShouldBe(content);
        spoilt.ShouldBeGreaterThan(1);
    }

    private async Task<byte[]> PutAsync(string name, OutputTag tag, int size)
    {
        await storage.PrepareAsync(bucket.AddressOf(name), tag, default);
        await using var staged = await StageAsync(name, tag, size);
        await staged.PromoteAsync(_ => Task.CompletedTask, default);
        return await File.ReadAllBytesAsync(Local($"output-{tag.Attempt}"));
    }

    private async Task<IStagedOutput> StageAsync(string name, OutputTag tag, int size)
    {
        await File.WriteAllBytesAsync(Local($"output-{tag.Attempt}"), RandomNumberGenerator.GetBytes(size));
        return await storage.StageAsync(Local($"output-{tag.Attempt}"), bucket.AddressOf(name), tag, null, default);
    }

    private string Local(string name) => Path.Combine(work, name);
}
