using System.Text;
using MediaNommer.Backends.Aws;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class ConfigBucketTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Settings_come_back_from_a_bucket_that_was_not_there()
    {
        var settings = await SettingsAsync();
        settings.Jobs.MaxAttempts = 7;
        settings.Aws.Profiles["partner"] = new AwsProfileOptions { SecretAccessKey = "hidden" };
        using var bucket = new ConfigBucket(settings.Aws);

        await bucket.UploadSettingsAsync(settings, None);
        await bucket.UploadSettingsAsync(settings, None);

        var content = await bucket.DownloadAsync(ConfigBucket.SettingsKey, None);
        Encoding.UTF8.GetString(content).ShouldNotContain("hidden");
        SettingsLoader.Load("s3", content, [], new Dictionary<string, string>()).Jobs.MaxAttempts.ShouldBe(7);
    }

    [Fact]
    public async Task What_one_box_seals_another_opens()
    {
        var settings = await SettingsAsync();
        using var here = new ConfigBucket(settings.Aws);
        using var there = new ConfigBucket(settings.Aws);

        var sealedText = here.NewSecretBox().Seal("s3://ID:a/b+c@bucket/key");

        there.NewSecretBox().Open(sealedText).ShouldBe("s3://ID:a/b+c@bucket/key");
    }

    [Fact]
    public async Task Boxes_that_begin_at_once_share_one_key()
    {
        var settings = await SettingsAsync();
        var buckets = Enumerable.Range(0, 6).Select(_ => new ConfigBucket(settings.Aws)).ToList();

        var texts = await Task.WhenAll(buckets.Select(bucket => Task.Run(() => bucket.NewSecretBox().Seal("secret"))));

        var box = buckets[0].NewSecretBox();
        texts.ShouldAllBe(text => box.Open(text) == "secret");
        buckets.ForEach(bucket => bucket.Dispose());
    }

    [Fact]
    public async Task It_is_made_in_any_region()
    {
        var settings = await SettingsAsync();
        settings.Aws.Region = "eu-central-1";
        using var bucket = new ConfigBucket(settings.Aws);

        (await bucket.CreateAsync(None)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_missing_file_is_named_with_what_puts_it_there()
    {
        var settings = await SettingsAsync();
        using var bucket = new ConfigBucket(settings.Aws);

        var before = await Should.ThrowAsync<BackendUnavailableException>(bucket.DownloadAsync("nommer.json", None));
        before.Message.ShouldContain("'nommer aws setup' makes the one");
        (await bucket.CreateAsync(None)).ShouldBeTrue();
        (await bucket.CreateAsync(None)).ShouldBeFalse();

        var after = await Should.ThrowAsync<BackendUnavailableException>(bucket.DownloadAsync("nommer.json", None));
        after.Message.ShouldContain("feederd puts the settings there");
    }

    [Fact]
    public async Task It_is_deleted_unless_somebody_else_uses_it()
    {
        var settings = await SettingsAsync();
        using var bucket = new ConfigBucket(settings.Aws);
        await bucket.UploadSettingsAsync(settings, None);
        var file = Path.GetTempFileName();
        await bucket.UploadAsync("somebody's", file, None);
        await bucket.UploadAsync("nommer-linux-x64.tar.gz", file, None);
        await bucket.UploadAsync($"{ConfigBucket.ProbePrefix}cut-short", file, None);
        File.Delete(file);

        (await bucket.DeleteAsync(["nommer-linux-x64.tar.gz"], None)).ShouldBeFalse();
        (await bucket.ExistsAsync(None)).ShouldBeTrue();
        (await bucket.DeleteAsync(["somebody's"], None)).ShouldBeTrue();
        (await bucket.ExistsAsync(None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_store_that_does_not_know_all_of_S3_will_do()
    {
        var settings = await SettingsAsync(await SwiftServer.OptionsAsync());
        using var bucket = new ConfigBucket(settings.Aws);

        (await bucket.CreateAsync(None)).ShouldBeTrue();
        await bucket.ProbeAsync(_ => { }, None);
        var sealedText = bucket.NewSecretBox().Seal("secret");
        using var there = new ConfigBucket(settings.Aws);
        there.NewSecretBox().Open(sealedText).ShouldBe("secret");
        (await bucket.DeleteAsync([], None)).ShouldBeTrue();
    }

    private static async Task<NommerOptions> SettingsAsync(AwsOptions? options = null)
    {
        var settings = new NommerOptions { Aws = options ?? await MotoServer.OptionsAsync() };
        settings.Aws.ConfigS3Bucket = $"config-{Guid.NewGuid():N}";
        return settings;
    }
}
