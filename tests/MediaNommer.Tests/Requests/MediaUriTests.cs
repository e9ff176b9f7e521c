using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class MediaUriTests
{
    [Theory]
    [InlineData("/videos/a:b@c.mp4", "/videos/a:b@c.mp4")]
    [InlineData("https://example.org/a.mp4", "https://example.org/a.mp4")]
    [InlineData("https://example.org:8443/@user/a.mp4?x=1", "https://example.org:8443/@user/a.mp4?x=1")]
    [InlineData("https://[::1]:80/@a", "https://[::1]:80/@a")]
    [InlineData("s3://bucket/user@example.org/a.mp4", "s3://bucket/user@example.org/a.mp4")]
    [InlineData("ftp://anonymous@host/a", "ftp://anonymous@host/a")]
    [InlineData("ftp://me:pa@ss@host/a", "ftp://me:***@host/a")]
    [InlineData("http://me:pa/ss@host/a", "http://me:***@host/a")]
    [InlineData("http://me:pa?ss@host/a", "http://me:***@host/a")]
    [InlineData("http://me:pa#ss@host/a", "http://me:***@host/a")]
    [InlineData("http://me:/ss@host/a", "http://me:***@host/a")]
    [InlineData("http://me:a%40b%2F@host/a", "http://me:***@host/a")]
    [InlineData("https://ghp_token@host/a", "https://***@host/a")]
    [InlineData("http://me:@host/", "http://me:***@host/")]
    [InlineData("HTTP://me:pw@host/", "HTTP://me:***@host/")]
    [InlineData("s3://AKIA:sec/re+t=@bucket/a.mp4", "s3://***:***@bucket/a.mp4")]
    [InlineData("s3://AKIA:sec@re/t@bucket/a.mp4", "s3://***:***@bucket/a.mp4")]
    [InlineData("s3://AKIAIOSFODNN7EXAMPLE@bucket/a.mp4", "s3://***@bucket/a.mp4")]
    [InlineData("s3://0123456789abcdef0123456789abcdef@bucket/a.mp4", "s3://***@bucket/a.mp4")]
    [InlineData("s3://a secret@bucket/a.mp4", "s3://***@bucket/a.mp4")]
    [InlineData("s3://customer-videos-2026@bucket/user@example.org/a.mp4", "s3://customer-videos-2026@bucket/user@example.org/a.mp4")]
    [InlineData("s3://AKIA:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY@bucket/user@example.org/a.mp4", "s3://***:***@bucket/user@example.org/a.mp4")]
    [InlineData("s3://AKIA:wJalrXUtnFEMI%2FK7MDENG%2bbPxRfiCYEXAMPLEKEY@bucket/user@b/a.mp4", "s3://***:***@bucket/user@b/a.mp4")]
    [InlineData("s3://bucket/who?#token=1&x.mp4", "s3://bucket/who?#token=1&x.mp4")]
    [InlineData("https://h/a?X-Amz-Signature=abc&X-Amz-Date=1", "https://h/a?X-Amz-Signature=***&X-Amz-Date=1")]
    [InlineData("https://h/a?X-Amz-Credential=AK/1&x=/y", "https://h/a?X-Amz-Credential=***&x=/y")]
    [InlineData("https://h/a?API_KEY=ab=cd/+&z=1", "https://h/a?API_KEY=***&z=1")]
    [InlineData("https://h/a?key=abc", "https://h/a?key=***")]
    [InlineData("https://h/a?keyword=abc", "https://h/a?keyword=abc")]
    [InlineData("https://h/a?to%6ben=abc", "https://h/a?to%6ben=***")]
    [InlineData("https://h/a?b=1;token=x;y=2", "https://h/a?b=1;token=***;y=2")]
    [InlineData("https://h/a?token=x;y&z=1", "https://h/a?token=***&z=1")]
    [InlineData("https://h/a?b=c?token=x", "https://h/a?b=c?token=***")]
    [InlineData("https://h/a#access_token=x", "https://h/a#access_token=***")]
    [InlineData("https://h/a?next=http://u:p@h2/x", "https://h/a?next=http://***@h2/x")]
    [InlineData("https://h/a?c2VjcmV0", "https://h/a?***")]
    [InlineData("https://h/a?x=1&c2VjcmV0", "https://h/a?x=1&***")]
    [InlineData("https://h/a#c2VjcmV0", "https://h/a#***")]
    [InlineData("https://h/a;jsessionid=c2Vj/b.mp4;v=2?x=1", "https://h/a;jsessionid=***/b.mp4;v=2?x=1")]
    [InlineData("s3://bucket/a;token=b.mp4", "s3://bucket/a;token=b.mp4")]
    [InlineData("https://h/a?next=http%3A%2F%2Fu%3Ap%40h2", "https://h/a?next=http%3A%2F%2F***@h2")]
    public void Secrets_are_shown_as_asterisks(string address, string shown) =>
        MediaUri.Redact(address).ShouldBe(shown);

    [Fact]
    public void A_sealed_address_is_shown_without_and_revealed_with_its_secret()
    {
        var secrets = SecretBox.Ephemeral();

        var uri = MediaUri.Seal("ftp://me:a-long-password@host/a", secrets);

        uri.ToString().ShouldBe("ftp://me:***@host/a");
        uri.Sealed.ShouldNotBeNull().ShouldNotContain("a-long-password");
        uri.Reveal(secrets).ShouldBe("ftp://me:a-long-password@host/a");
    }

    [Fact]
    public void An_address_without_secrets_is_not_sealed() =>
        MediaUri.Seal("https://example.org/a?x=1", SecretBox.Ephemeral()).Sealed.ShouldBeNull();

    [Fact]
    public void Another_key_does_not_open_it() =>
        Should.Throw<InvalidOperationException>(
            () => MediaUri.Seal("ftp://me:pw@host/a", SecretBox.Ephemeral()).Reveal(SecretBox.Ephemeral()))
            .Message.ShouldContain("another secret key");
}
