using System.Net.Http.Headers;
using System.Text;
using Amazon.Runtime;
using MediaNommer.Backends.Aws.Wire;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>The cases of AWS's own test suite for Signature Version 4 that a request without a query can meet.</summary>
public class SignatureV4Tests
{
    private const string SessionToken =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7"
        + "mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+"
        + "xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

    [Theory]
    [InlineData("post-vanilla", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", "host;x-amz-date")]
    [InlineData("post-header-key-sort", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        "host;my-header1;x-amz-date", "My-Header1", "value1")]
    [InlineData("post-header-value-case", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
        "host;my-header1;x-amz-date", "My-Header1", "VALUE1")]
    [InlineData("post-sts-header-before", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
        "host;x-amz-date;x-amz-security-token")]
    [InlineData("post-x-www-form-urlencoded", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        "content-type;host;x-amz-date")]
    [InlineData("post-x-www-form-urlencoded-parameters", "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
        "content-type;host;x-amz-date")]
    [InlineData("get-vanilla", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", "host;x-amz-date")]
    [InlineData("get-unreserved", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f", "host;x-amz-date")]
    [InlineData("get-utf8", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85", "host;x-amz-date")]
    public void Signs_as_the_suite_does(string name, string signature, string signedHeaders, string? header = null, string? value = null)
    {
        var path = name switch
        {
            "get-unreserved" => "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "get-utf8" => "\u1234",
            _ => "",
        };
        using var request = new HttpRequestMessage(
            name.StartsWith("get", StringComparison.Ordinal) ? HttpMethod.Get : HttpMethod.Post, $"https://example.amazonaws.com/{path}");
        var body = Array.Empty<byte>();
        if (name.Contains("form", StringComparison.Ordinal))
        {
            body = Encoding.UTF8.GetBytes("Param1=value1");
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded")
            {
                CharSet = name.EndsWith("parameters", StringComparison.Ordinal) ? "utf8" : null,
            };
        }

        if (header is not null)
            request.Headers.Add(header, value);
        var token = name.Contains("sts", StringComparison.Ordinal) ? SessionToken : null;
        var keys = new ImmutableCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token);

        SignatureV4.Sign(request, body, keys, "us-east-1", "service", new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero));

        request.Headers.GetValues("Authorization").Single().ShouldBe(
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signedHeaders}, "
            + $"Signature={signature}");
    }
}
