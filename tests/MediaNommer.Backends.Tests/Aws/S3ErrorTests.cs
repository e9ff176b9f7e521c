using System.Globalization;
using MediaNommer.Backends.Aws.S3;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Storage;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>What users read when something is wrong with their address, keys, bucket or store.</summary>
public sealed class S3ErrorTests : S3TroubleRig
{
    [Theory]
    [InlineData(404, "NoSuchBucket", "there is no bucket 'test-", false)]
    [InlineData(403, "InvalidAccessKeyId", "does not know the access key id; check the worker's keys (Aws:AccessKeyId", false)]
    [InlineData(403, "SignatureDoesNotMatch", "the secret access key does not belong to the id", false)]
    [InlineData(403, "AccessDenied", "need s3:GetObject on", false)]
    [InlineData(400, "ExpiredToken", "the session token has expired", true)]
    [InlineData(403, "RequestTimeTooSkewed", "the clock of this machine", true)]
    [InlineData(403, "InvalidObjectState", "archived (Glacier); restore it first", false)]
    [InlineData(403, "AllAccessDisabled", "may not use S3", false)]
    [InlineData(501, "NotImplemented", "501 NotImplemented", false)]
    [InlineData(500, "InternalError", "500 Internal", true)]
    [InlineData(418, "Teapot", "418 Teapot (No)", false)]
    public async Task A_refused_source_says_what_is_wrong(int status, string code, string says, bool isTransient)
    {
        Store.Trouble = context => TroubledS3.RefuseAsync(context, status, code);
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.StatAsync(Address, default));
        error.Message.ShouldStartWith(Address + ": ");
        error.Message.ShouldContain(says);
        error.IsTransient.ShouldBe(isTransient);
    }

    [Theory]
    [InlineData(404, "NoSuchBucket", "there is no bucket", MediaStorageErrors.DestNotWritable)]
    [InlineData(403, "AccessDenied", "need s3:PutObject on", MediaStorageErrors.DestNotWritable)]
    [InlineData(507, "QuotaExceeded", "507 QuotaExceeded", MediaStorageErrors.TransferFailed)]
    public async Task A_refused_destination_says_what_is_wrong(int status, string code, string says, string ours)
    {
        Store.Trouble = context => TroubledS3.RefuseAsync(context, status, code);
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.PrepareAsync(Address, Tag, default));
        error.Message.ShouldContain(says);
        error.Code.ShouldBe(ours);
    }

    [Fact]
    public async Task A_missing_bucket_and_a_missing_object_are_told_apart()
    {
        (await StatFailureAsync("s3://no-such-bucket-anywhere/a.mp4")).ShouldBe(
            (MediaStorageErrors.SourceNotFound, "s3://no-such-bucket-anywhere/a.mp4: there is no bucket 'no-such-bucket-anywhere'."));
        (await StatFailureAsync(Address)).ShouldBe(
            (MediaStorageErrors.SourceNotFound, $"{Address}: the bucket has no object of that name."));
    }

    [Fact]
    public async Task Keys_in_the_address_are_used_and_never_shown()
    {
        var address = $"s3://HUSHID:hush/hu+sh%25@{Bucket.Name}/film.mp4";
        Store.Trouble = context => TroubledS3.RefuseAsync(context, 403, "SignatureDoesNotMatch", "HUSHID signs with hush/hu+sh%.");
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.StatAsync(address, default));
        Store.Authorization.ShouldContain("Credential=HUSHID/");
        error.Message.ShouldStartWith($"s3://***:***@{Bucket.Name}/film.mp4: ");
        error.Message.ShouldContain("check the keys in the address");
        for (Exception? inner = error; inner is not null; inner = inner is MediaStorageException ? null : inner.InnerException)
        {
            inner.Message.ShouldNotContain("HUSHID");
            inner.Message.ShouldNotContain("hush");
        }
    }

    [Fact]
    public async Task A_session_of_the_addresss_or_the_profiles_own_that_has_expired_is_final()
    {
        Store.Trouble = context => TroubledS3.RefuseAsync(context, 400, "ExpiredToken");
        Aws.Profiles["theirs"] = new AwsProfileOptions { AccessKeyId = "THEIRID", SecretAccessKey = "theirs", SessionToken = "token" };
        Aws.Profiles["region-only"] = new AwsProfileOptions { Region = "eu-west-1" };
        (await StatFailureAsync($"s3://ID:SECRET@{Bucket.Name}/film.mp4")).Message.ShouldContain("has expired");
        (await StatFailureAsync($"s3://theirs@{Bucket.Name}/film.mp4")).Message.ShouldContain("has expired");
        (await Should.ThrowAsync<MediaStorageException>(() => Storage.StatAsync($"s3://region-only@{Bucket.Name}/film.mp4", default)))
            .IsTransient.ShouldBeTrue("the keys are the worker's");
    }

    [Fact]
    public async Task A_worker_without_keys_costs_no_job_its_life()
    {
        using var storage = new S3Storage(
            Aws, Options, () => throw new AwsException("No AWS keys were found.", "NoCredentials", status: null), new HastyClock());
        var error = await Should.ThrowAsync<MediaStorageException>(() => storage.StatAsync(Address, default));
        error.Message.ShouldContain("No AWS keys");
        error.IsTransient.ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_machine_that_cannot_be_asked_for_its_role_costs_no_job_its_life(bool areOurs)
    {
        var errors = new S3Errors(new S3Address("bucket", "a.mp4", null, null, null), "s3://bucket/a.mp4", isSource: true, areOurs);
        var failure = new Amazon.Runtime.AmazonServiceException("Unable to get IAM security credentials from EC2 Instance Metadata Service.");
        errors.Explain(failure, "s3:GetObject").ShouldBeOfType<MediaStorageException>().IsTransient.ShouldBe(areOurs);
    }

    [Fact]
    public async Task A_profile_brings_its_own_keys_region_and_endpoint()
    {
        Aws.S3.EndpointUrl = "http://127.0.0.1:1";
        Aws.Profiles["Customer"] = new AwsProfileOptions
        {
            AccessKeyId = "THEIRID", SecretAccessKey = "theirs", SessionToken = "token", Region = "eu-central-1", EndpointUrl = Store.Endpoint,
        };
        var content = await PutSourceAsync(1000);
        (await Storage.StatAsync($"s3://customer@{Bucket.Name}/film.mp4", default)).Size.ShouldBe(content.Length);
        Store.Authorization.ShouldContain("Credential=THEIRID/");
        Store.Authorization.ShouldContain("/eu-central-1/s3/");
        Store.Authorization.ShouldContain("x-amz-security-token");
    }

    [Fact]
    public async Task A_profile_that_this_worker_does_not_have_is_an_error_that_names_those_it_has()
    {
        Aws.Profiles["news"] = new();
        var (code, message) = await StatFailureAsync($"s3://sport@{Bucket.Name}/film.mp4");
        code.ShouldBe(MediaStorageErrors.SourceUnreadable);
        message.ShouldContain("no such profile (Aws:Profiles); known: news");
    }

    [Theory]
    [InlineData(400, "AuthorizationHeaderMalformed")]
    [InlineData(301, "PermanentRedirect")]
    public async Task A_bucket_in_another_region_is_found_there(int status, string code)
    {
        await PutSourceAsync(1000);
        Store.Trouble = context =>
        {
            if (context.Request.Headers.Authorization.ToString().Contains("/eu-west-3/", StringComparison.Ordinal))
                return Task.FromResult(false);
            context.Response.Headers["x-amz-bucket-region"] = "eu-west-3";
            return TroubledS3.RefuseAsync(context, status, code);
        };
        (await Storage.StatAsync(Address, default)).Size.ShouldBe(1000);
        (await Storage.StatAsync(Address, default)).Size.ShouldBe(1000);
        Store.Requests.Count.ShouldBe(3, "the region is remembered");
    }

    [Fact]
    public async Task A_store_that_never_agrees_with_a_region_is_an_error_that_names_the_region()
    {
        Store.Trouble = context => TroubledS3.RefuseAsync(
            context, 400, "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'mars-1'");
        (await StatFailureAsync(Address)).Message.ShouldContain("the bucket is in region mars-1; set Aws:Region");
    }

    [Fact]
    public async Task A_wrong_clock_of_ours_is_corrected_by_the_stores()
    {
        await PutSourceAsync(1000);
        Store.Trouble = context =>
        {
            var signedAt = DateTime.ParseExact(
                context.Request.Headers["X-Amz-Date"].ToString(), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
            var theirs = DateTime.UtcNow.AddHours(2);
            context.Response.Headers.Date = theirs.ToString("r", CultureInfo.InvariantCulture);
            return theirs - signedAt < TimeSpan.FromMinutes(15) || context.Request.Method == "HEAD"
                ? Task.FromResult(false)
                : TroubledS3.RefuseAsync(context, 403, "RequestTimeTooSkewed");
        };
        await Storage.FetchAsync(Address, Target, null, default);
    }

    [Fact]
    public async Task A_store_that_is_not_there_is_given_up_and_may_come_back()
    {
        Aws.S3.EndpointUrl = "http://127.0.0.1:1";
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.PrepareAsync(Address, Tag, default));
        error.Code.ShouldBe(MediaStorageErrors.TransferFailed);
        error.Message.ShouldContain("refused");
        error.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public async Task An_endpoint_that_is_no_address_is_an_error_that_shows_it()
    {
        Aws.S3.EndpointUrl = "store:9000";
        (await StatFailureAsync(Address)).Message.ShouldContain("'store:9000', which is no address");
    }

    [Theory]
    [InlineData("my-bucket", "https://my-bucket.s3.eu-central-1.amazonaws.com/")]
    [InlineData("my.bucket", "https://s3.eu-central-1.amazonaws.com/my.bucket/")]
    public void Amazon_is_reached_by_the_name_of_the_bucket(string bucket, string url)
    {
        var options = new AwsOptions { AccessKeyId = "a", SecretAccessKey = "b", Region = "eu-central-1" };
        using var clients = new S3Connections(options, () => new AwsAccess(options), new HttpClient());
        var client = clients.For(new S3Address(bucket, "a.mp4", null, null, null));
        client.DetermineServiceOperationEndpoint(new Amazon.S3.Model.GetObjectRequest { BucketName = bucket, Key = "a.mp4" }).URL.ShouldBe(url);
    }

    [Fact]
    public async Task Nothing_is_asked_of_AWS_before_the_first_address_is_used()
    {
        var asked = false;
        using var storage = new S3Storage(
            Aws, Options,
            () =>
            {
                asked = true;
                return new AwsAccess(Aws);
            },
            new HastyClock());
        asked.ShouldBeFalse();
        await PutSourceAsync(10);
        await storage.StatAsync(Address, default);
        asked.ShouldBeTrue();
    }

    private async Task<(string Code, string Message)> StatFailureAsync(string address)
    {
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.StatAsync(address, default));
        error.IsTransient.ShouldBeFalse();
        return (error.Code, error.Message);
    }
}
