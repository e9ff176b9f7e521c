using System.Collections;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Settings;

/// <summary>What Amazon would refuse, or what leads nowhere, is refused when a program starts.</summary>
public sealed class AwsSettingsTests
{
    [Theory]
    [InlineData("EndpointUrl", "Aws:EndpointUrl")]
    [InlineData("Sqs:EndpointUrl", "Aws:Sqs:EndpointUrl")]
    [InlineData("DynamoDb:EndpointUrl", "Aws:DynamoDb:EndpointUrl")]
    [InlineData("SimpleDb:EndpointUrl", "Aws:SimpleDb:EndpointUrl")]
    [InlineData("S3:EndpointUrl", "Aws:S3:EndpointUrl")]
    [InlineData("Ec2:EndpointUrl", "Aws:Ec2:EndpointUrl")]
    [InlineData("Ec2:MetadataUrl", "Aws:Ec2:MetadataUrl")]
    [InlineData("Profiles:minio:EndpointUrl", "Aws:Profiles:minio:EndpointUrl")]
    public void Every_address_must_be_one(string key, string name) => ErrorOf(key, "localhost:4566").ShouldStartWith(
        $"{name} is 'localhost:4566'; allowed: an address such as https://host:port, without user, query or fragment, or empty.");

    [Theory]
    [InlineData("localhost")]
    [InlineData("ftp://localhost")]
    [InlineData("http://")]
    [InlineData("http:///path")]
    [InlineData("http://host:port")]
    [InlineData("http://host:4566?a=b")]
    [InlineData("http://host:4566/#a")]
    [InlineData(" http://host")]
    [InlineData("http://[::1")]
    [InlineData("/path")]
    public void No_address(string value) => ErrorOf("EndpointUrl", value).ShouldStartWith("Aws:EndpointUrl is");

    [Theory]
    [InlineData("")]
    [InlineData("http://localhost:4566")]
    [InlineData("HTTPS://Host.Example/")]
    [InlineData("http://[::1]:4566/aws/")]
    [InlineData("https://vpce-1-2.sqs.us-east-1.vpce.amazonaws.com")]
    public void An_address(string value) => Errors("EndpointUrl", value).ShouldBeEmpty();

    [Fact]
    public void A_password_in_an_address_is_refused_and_not_repeated()
    {
        var error = ErrorOf("S3:EndpointUrl", "https://me:hush@host");
        error.ShouldStartWith("Aws:S3:EndpointUrl has a value that is not allowed; allowed: an address");
        error.ShouldNotContain("hush");
    }

    [Theory]
    [InlineData("AccessKeyId", "Aws:SecretAccessKey is missing")]
    [InlineData("SecretAccessKey", "Aws:AccessKeyId is missing")]
    [InlineData("Profiles:partner:AccessKeyId", "Aws:Profiles:partner:SecretAccessKey is missing")]
    public void Half_of_the_keys_is_refused(string key, string error)
    {
        ErrorOf(key, "hush").ShouldStartWith(error);
        ErrorOf(key, "hush").ShouldNotContain("hush");
    }

    [Theory]
    [InlineData("hush\nAWS_PROFILE=other")]
    [InlineData("hush ")]
    public void A_token_with_a_line_break_or_blank_is_refused(string token) =>
        ErrorOf("SessionToken", token).ShouldStartWith("Aws: AccessKeyId, SecretAccessKey or SessionToken holds a blank");

    [Theory]
    [InlineData("Region", "eu central-1", "Aws:Region is 'eu central-1'; allowed: a name such as us-east-1, or empty")]
    [InlineData("Region", "eu_central_1", "Aws:Region is")]
    [InlineData("Region", "EU-central-1", "Aws:Region is")]
    [InlineData("Region", "-", "Aws:Region is")]
    [InlineData("Region", "evil.example/?", "Aws:Region is")]
    [InlineData("Profiles:minio:Region", "a/b", "Aws:Profiles:minio:Region is 'a/b'; allowed: letters, digits")]
    [InlineData("ConfigS3Bucket", "nommer_config", "Aws:ConfigS3Bucket is 'nommer_config'; allowed: 3 to 63 small letters")]
    [InlineData("ConfigS3Bucket", "", "Aws:ConfigS3Bucket is ''; allowed: 3 to 63 small letters")]
    [InlineData("ConfigS3Bucket", "ab", "Aws:ConfigS3Bucket is")]
    [InlineData("ConfigS3Bucket", "a..b", "Aws:ConfigS3Bucket is")]
    [InlineData("ConfigS3Bucket", "10.0.0.1", "Aws:ConfigS3Bucket is")]
    [InlineData("ConfigS3Bucket", "xn--films", "Aws:ConfigS3Bucket is")]
    [InlineData("ConfigS3Bucket", "films-s3alias", "Aws:ConfigS3Bucket is")]
    [InlineData("DynamoDb:TableName", "media nommer", "Aws:DynamoDb:TableName is 'media nommer'; allowed: 3 to 255 letters")]
    [InlineData("DynamoDb:TableName", "", "Aws:DynamoDb:TableName is ''; allowed: 3 to 255 letters")]
    [InlineData("SimpleDb:JobStateDomain", "jobs/a", "Aws:SimpleDb:JobStateDomain is 'jobs/a'; allowed: 3 to 255 letters")]
    [InlineData("SimpleDb:Ec2NommerStateDomain", "no", "Aws:SimpleDb:Ec2NommerStateDomain is 'no'; allowed: 3 to 255")]
    [InlineData("SimpleDb:Ec2NommerStateDomain", "media_nommer", "Aws:SimpleDb:Ec2NommerStateDomain is also the domain of jobs")]
    [InlineData("Ec2:AmiId", "debian", "Aws:Ec2:AmiId is 'debian'; allowed: an id such as ami-0123456789abcdef0, or empty")]
    public void A_name_that_Amazon_would_refuse(string key, string value, string error) => ErrorOf(key, value).ShouldStartWith(error);

    [Theory]
    [InlineData("SqsNewJobQueueName", "media.nommer")]
    [InlineData("SqsNewJobQueueName", "")]
    [InlineData("SqsJobStateChangeQueueName", "1234567890123456789012345678901234567890123456789012345678901234567890x")]
    public void A_queue_that_SQS_would_refuse(string key, string value) => Load($"NOMMER__QUEUES__{key.ToUpperInvariant()}", value)
        .ShouldHaveSingleItem().ShouldStartWith($"Queues:{key} is '{value}'; allowed: 1 to 70 letters, digits, '_' and '-'");

    [Theory]
    [InlineData("Region", "us-gov-west-1")]
    [InlineData("Profiles:swift:Region", "RegionOne")]
    [InlineData("ConfigS3Bucket", "my.films-2026")]
    [InlineData("ConfigS3Bucket", "1.2.3.4.5")]
    [InlineData("DynamoDb:TableName", "Media.Nommer_2-a")]
    public void A_name_that_Amazon_takes(string key, string value) => Errors(key, value).ShouldBeEmpty();

    private static string ErrorOf(string key, string value) => Errors(key, value).ShouldHaveSingleItem();

    private static IReadOnlyList<string> Errors(string key, string value) =>
        Load("NOMMER__AWS__" + key.Replace(":", "__", StringComparison.Ordinal), value);

    private static IReadOnlyList<string> Load(string variable, string value)
    {
        try
        {
            SettingsLoader.Load("nothing", "{}"u8.ToArray(), [], new Hashtable { [variable] = value });
            return [];
        }
        catch (SettingsException e)
        {
            return e.Errors;
        }
    }
}
