using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class AwsAccessTests
{
    [Fact]
    public async Task Keys_of_the_settings_go_before_all_others()
    {
        var access = new AwsAccess(new AwsOptions { AccessKeyId = "AKIDOWN", SecretAccessKey = "own", SessionToken = "token" });

        var keys = await access.Credentials.GetCredentialsAsync();

        (keys.AccessKey, keys.SecretKey, keys.Token).ShouldBe(("AKIDOWN", "own", "token"));
    }

    [Theory]
    [InlineData("", "", "https://sqs.eu-central-1.amazonaws.com/")]
    [InlineData("http://127.0.0.1:1", "", "http://127.0.0.1:1/")]
    [InlineData("http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:2/")]
    public void A_services_own_address_goes_before_that_of_all_before_amazons(string all, string own, string expected) =>
        new AwsAccess(new AwsOptions { Region = "eu-central-1", EndpointUrl = all }).EndpointOf("sqs", own).ToString().ShouldBe(expected);

    [Fact]
    public void China_has_a_domain_of_its_own() =>
        new AwsAccess(new AwsOptions { Region = "cn-north-1" }).EndpointOf("sqs", "").Host.ShouldBe("sqs.cn-north-1.amazonaws.com.cn");
}
