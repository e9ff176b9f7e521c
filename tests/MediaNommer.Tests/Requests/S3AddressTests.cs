using System.Text;
using System.Text.Json;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class S3AddressTests
{
    private const string AwsSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    [Theory]
    [InlineData("s3://bucket/a.mp4", "bucket", "a.mp4")]
    [InlineData("S3://my.old_Bucket/a b/ü 映画.mp4", "my.old_Bucket", "a b/ü 映画.mp4")]
    [InlineData("s3://bucket/100%25 #1?x=1&token=2+3.mp4", "bucket", "100%25 #1?x=1&token=2+3.mp4")]
    [InlineData("s3://bucket/leading//double.", "bucket", "leading//double.")]
    [InlineData("s3://bucket/user@example.org/a:b.mp4", "bucket", "user@example.org/a:b.mp4")]
    [InlineData("s3://bucket/.../.hidden", "bucket", ".../.hidden")]
    public void The_key_is_taken_letter_by_letter(string address, string bucket, string key) =>
        Parse(address).ShouldBe(new S3Address(bucket, key, null, null, null));

    [Theory]
    [InlineData("s3://news@bucket/a.mp4", "news", "a.mp4")]
    [InlineData("s3://Customer-2.eu_1@bucket/user@example.org/a.mp4", "Customer-2.eu_1", "user@example.org/a.mp4")]
    public void What_stands_before_the_bucket_is_a_profile(string address, string profile, string key) =>
        Parse(address).ShouldBe(new S3Address("bucket", key, profile, null, null));

    [Theory]
    [InlineData($"s3://AKIA:{AwsSecret}@bucket/a.mp4", AwsSecret, "a.mp4")]
    [InlineData($"s3://AKIA:{AwsSecret}@bucket/user@bucket/a.mp4", AwsSecret, "user@bucket/a.mp4")]
    [InlineData("s3://AKIA:wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY@bucket/a@b/c", AwsSecret, "a@b/c")]
    [InlineData("s3://AKIA:a/b+c@d?e#f:g=h@bucket/a.mp4", "a/b+c@d?e#f:g=h", "a.mp4")]
    [InlineData("s3://AKIA:50%off%2@bucket/a.mp4", "50%off%2", "a.mp4")]
    [InlineData("s3://AKIA:50%25%40off@bucket/a.mp4", "50%@off", "a.mp4")]
    public void Keys_of_2011_may_hold_any_sign(string address, string secret, string key) =>
        Parse(address).ShouldBe(new S3Address("bucket", key, null, "AKIA", secret));

    [Theory]
    [InlineData("s3://bucket", "without a key")]
    [InlineData("s3://bucket/", "without a key")]
    [InlineData("s3://", "does not name a bucket")]
    [InlineData("s3:///a.mp4", "does not name a bucket")]
    [InlineData("s3://b/a.mp4", "does not name a bucket")]
    [InlineData("s3://bücket/a.mp4", "does not name a bucket")]
    [InlineData("s3://bucket/films/", "add the name of the file")]
    [InlineData("s3://bucket//a.mp4", "two slashes after the bucket")]
    [InlineData("s3://bucket/a/../b.mp4", "'.' or '..'")]
    [InlineData("s3://bucket/./b.mp4", "'.' or '..'")]
    [InlineData("s3://:hush@bucket/b.mp4", "half of its access keys")]
    [InlineData("s3://hush:@bucket/b.mp4", "half of its access keys")]
    [InlineData("s3://@bucket/b.mp4", "half of its access keys")]
    [InlineData("s3://AKIA:hush/bucket/b.mp4", "does not name a bucket")]
    public void What_cannot_be_is_refused_with_its_reason_and_without_its_secrets(string address, string reason)
    {
        S3Address.TryParse(address, out var parsed, out var why).ShouldBeFalse();
        parsed.ShouldBeNull();
        why.ShouldContain(reason);
        why.ShouldNotContain("hush");
        Refusal("source_path", address).ShouldContain(reason);
    }

    [Fact]
    public void A_key_of_more_than_1024_bytes_is_refused() =>
        Refusal("source_path", "s3://bucket/" + new string('ü', 513)).ShouldContain("1024 bytes");

    [Fact]
    public void A_destination_in_a_folder_so_deep_that_nothing_fits_beside_it_is_refused_and_a_source_there_is_not()
    {
        string InFolder(int bytes) => $"s3://bucket/{new string('f', bytes - 1)}/a.mp4";
        Refusal("dest_path", InFolder(901)).ShouldContain("900 bytes");
        Read("/a.mov", InFolder(900));
        Read(InFolder(1000), "/b.mp4");
    }

    [Fact]
    public void A_profile_that_is_not_in_the_settings_is_refused_and_those_that_are_get_named()
    {
        Refusal("source_path", "s3://nws@bucket/a.mov").ShouldBe(
            "source_path names a profile 'nws' that is not in the settings (Aws:Profiles); known: News, sport. "
            + "Keys are written s3://ID:SECRET@bucket/key.");
        Refusal("dest_path", "s3://AKIAIOSFODNN7EXAMPLE@bucket/a.mp4").ShouldNotContain("AKIA");
        Read("s3://news@bucket/a.mov", "/b.mp4").Spec.Source.Display.ShouldBe("s3://news@bucket/a.mov");
    }

    [Theory]
    [InlineData("s3://bucket/a.mp4", "s3://AKIA:hush@bucket/a.mp4")]
    [InlineData("s3://news@bucket/a.mp4", "s3://NEWS@bucket/a.mp4")]
    public void A_source_is_not_overwritten_by_its_output(string source, string dest) =>
        Should.Throw<JobRequestException>(() => Read(source, dest)).Message.ShouldContain("same as source_path");

    [Theory]
    [InlineData("s3://bucket/a.mp4", "s3://news@bucket/a.mp4")]
    [InlineData("s3://bucket/a.mp4", "s3://bucket/A.mp4")]
    [InlineData("s3://bucket/a%20b.mp4", "s3://bucket/a b.mp4")]
    [InlineData("s3://bucket/a?x.mp4", "s3://bucket/a?y#.mp4")]
    public void Different_objects_are_taken_for_what_they_are(string source, string dest)
    {
        var spec = Read(source, dest).Spec;
        (spec.Source.Display, spec.Dest.Display).ShouldBe((source, dest));
    }

    private static S3Address Parse(string address)
    {
        S3Address.TryParse(address, out var parsed, out var why).ShouldBeTrue(why);
        why.ShouldBeEmpty();
        return parsed;
    }

    private static string Refusal(string field, string address)
    {
        var error = Should.Throw<JobRequestException>(
            () => field == "source_path" ? Read(address, "/b.mp4") : Read("/a.mov", address));
        error.Field.ShouldBe(field);
        error.Code.ShouldBe(JobRequestErrors.BadAddress);
        return error.Message;
    }

    private static JobSubmission Read(string source, string dest)
    {
        var reader = new JobRequestReader(
            new PresetCatalog(new Dictionary<string, PresetOptions>()), SecretBox.Ephemeral(), ["file", "s3"], maxAttempts: 3,
            s3Profiles: ["sport", "News"]);
        return reader.Read(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(
            new { source_path = source, dest_path = dest, preset = "web_medium" })));
    }
}
