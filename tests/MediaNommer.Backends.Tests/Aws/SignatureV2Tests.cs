using Amazon.Runtime;
using MediaNommer.Backends.Aws.Wire;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class SignatureV2Tests
{
    // The example that AWS publishes for Signature Version 2.
    private const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    [Fact]
    public void The_published_example_gives_the_published_signature()
    {
        var form = new QueryForm("DescribeJobFlows", "2009-03-31")
            .With("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE").With("SignatureVersion", "2")
            .With("SignatureMethod", "HmacSHA256").With("Timestamp", "2011-10-03T15:19:30");

        var signature = SignatureV2.Of("GET", new Uri("https://elasticmapreduce.amazonaws.com"), form, Secret);

        signature.ShouldBe("i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf/Mj6vPxyYIs=");
    }

    [Theory]
    [InlineData("https://sdb.amazonaws.com:443/", "https://SDB.amazonaws.com", true)]
    [InlineData("http://sdb.amazonaws.com:80/", "http://sdb.amazonaws.com/", true)]
    [InlineData("http://sdb.amazonaws.com:8080/", "http://sdb.amazonaws.com/", false)]
    [InlineData("http://sdb.amazonaws.com/path", "http://sdb.amazonaws.com/", false)]
    public void A_port_counts_unless_it_is_the_schemes_own(string one, string other, bool isSame)
    {
        var form = new QueryForm("ListDomains", "2009-04-15");

        var signatures = new[] { one, other }.Select(url => SignatureV2.Of("POST", new Uri(url), form, Secret));

        signatures.Distinct().Count().ShouldBe(isSame ? 1 : 2);
    }

    [Fact]
    public void A_session_token_is_sent_and_signed()
    {
        var form = new QueryForm("ListDomains", "2009-04-15");
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(2));
        var endpoint = new Uri("https://sdb.amazonaws.com");

        string Body(string? token) =>
            System.Text.Encoding.UTF8.GetString(SignatureV2.SignedBody(form, endpoint, new ImmutableCredentials("id", Secret, token), now));

        Body("to+ken").ShouldContain("&SecurityToken=to%2Bken&Signature=");
        Body("to+ken").ShouldContain("&Timestamp=2026-03-01T10%3A00%3A00Z&");
        Body(null).ShouldNotContain("SecurityToken");
        Signature(Body("to+ken")).ShouldNotBe(Signature(Body(null)));
        form.ToQuery().ShouldBe("Action=ListDomains&Version=2009-04-15");

        static string Signature(string body) => body.Split('&').Single(pair => pair.StartsWith("Signature=", StringComparison.Ordinal));
    }
}
