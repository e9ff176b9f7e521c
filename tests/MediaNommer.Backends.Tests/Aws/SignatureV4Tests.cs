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

    [Theory]
    [InlineData("https://SQS.Example.com/", "sqs.example.com")]
    [InlineData("https://sqs.example.com:443", "sqs.example.com")]
    [InlineData("http://sqs.example.com:443", "sqs.example.com:443")]
    [InlineData("http://[::1]:4566/prefix/", "[::1]:4566")]
    [InlineData("http://[fe80::1%25eth0]", "[fe80::1]")]
    [InlineData("http://wörld.example:80", "xn--wrld-5qa.example")]
    public async Task Both_signatures_are_over_the_host_that_is_sent(string endpoint, string host)
    {
        SignatureV4.HostOf(new Uri(endpoint)).ShouldBe(host);
        (await HostSentToAsync(new Uri(endpoint))).ShouldBe(host);
    }

    /// <summary>What HttpClient really sends; the connection goes to nobody.</summary>
    private static async Task<string> HostSentToAsync(Uri endpoint)
    {
        var (sent, answers) = (new MemoryStream(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new TwoWay(new MemoryStream(answers), sent)),
        });
        await client.PostAsync(new UriBuilder(endpoint) { Scheme = "http", Port = endpoint.IsDefaultPort ? -1 : endpoint.Port }.Uri, null);
        return Encoding.ASCII.GetString(sent.ToArray()).Split("\r\n").Single(line => line.StartsWith("Host: ", StringComparison.Ordinal))[6..];
    }

    /// <summary>A connection of one stream to read and one to write.</summary>
    private sealed class TwoWay(Stream toRead, Stream toWrite) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => toRead.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => toWrite.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
