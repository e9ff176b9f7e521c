using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class MediaUriTests
{
    [Theory]
    [InlineData("/videos/a:b@c.mp4", "/videos/a:b@c.mp4")]
    [InlineData("https://example.org/a.mp4", "https://example.org/a.mp4")]
    [InlineData("https://example.org:8443/@user/a.mp4?v=1", "https://example.org:8443/@user/a.mp4?v=1")]
    [InlineData("https://[::1]:80/@a", "https://[::1]:80/@a")]
    [InlineData("s3://bucket/user@example.org/a.mp4", "s3://bucket/user@example.org/a.mp4")]
    [InlineData("ftp://anonymous@host/a", "ftp://***@host/a")]
    [InlineData("ftp://me:pa@ss@host/a", "ftp://***@host/a")]
    [InlineData("http://me:pa/ss@host/a", "http://***@host/a")]
    [InlineData("http://me:pa?ss@host/a", "http://***@host/a")]
    [InlineData("http://me:pa#ss@host/a", "http://***@host/a")]
    [InlineData("http://me:/ss@host/a", "http://***@host/a")]
    [InlineData("https://ghp_token@host/a", "https://***@host/a")]
    [InlineData("HTTP://me:pw@host/", "HTTP://***@host/")]
    [InlineData("s3://AKIA:sec/re+t=@bucket/a.mp4", "s3://***:***@bucket/a.mp4")]
    [InlineData("s3://AKIA:sec@re/t@bucket/a.mp4", "s3://***:***@bucket/a.mp4")]
    [InlineData("s3://AKIAIOSFODNN7EXAMPLE@bucket/a.mp4", "s3://***@bucket/a.mp4")]
    [InlineData("s3://0123456789abcdef0123456789abcdef@bucket/a.mp4", "s3://***@bucket/a.mp4")]
    [InlineData("s3://a secret@bucket/a.mp4", "s3://***@bucket/a.mp4")]
    [InlineData("s3://customer-videos-2026@bucket/user@example.org/a.mp4", "s3://customer-videos-2026@bucket/user@example.org/a.mp4")]
    [InlineData("s3://AKIA:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY@bucket/user@example.org/a.mp4", "s3://***:***@bucket/user@example.org/a.mp4")]
    [InlineData("s3://AKIA:wJalrXUtnFEMI%2FK7MDENG%2bbPxRfiCYEXAMPLEKEY@bucket/user@b/a.mp4", "s3://***:***@bucket/user@b/a.mp4")]
    [InlineData("s3://bucket/who?#token=1&x.mp4", "s3://bucket/who?#token=1&x.mp4")]
    [InlineData("https://h/a?X-Amz-Signature=abc&X-Amz-Date=1", "https://h/a?X-Amz-Signature=***&X-Amz-Date=***")]
    [InlineData("https://h/a?hmac=1&md5=2&st=3&h=4&t=5&bearer=6", "https://h/a?hmac=***&md5=***&st=***&h=***&t=***&bearer=***")]
    [InlineData("https://h/a?API_KEY=ab=cd/+&page=1", "https://h/a?API_KEY=***&page=1")]
    [InlineData("https://h/a?width=640&format=webm&v=2", "https://h/a?width=640&format=webm&v=2")]
    [InlineData("https://h/a?v=dQw4w9WgXcQ&format=c2VjcmV0", "https://h/a?v=***&format=***")]
    [InlineData("https://h/a?b=1;token=x;y=2", "https://h/a?b=***")]
    [InlineData("https://h/a?a=http://u:p@h2/x", "https://h/a?a=***")]
    [InlineData("https://h/a?c2VjcmV0", "https://h/a?***")]
    [InlineData("https://h/a?page=1&c2VjcmV0", "https://h/a?page=1&***")]
    [InlineData("https://h/a?q8Zt4kLm2Xw7=1", "https://h/a?***=***")]
    [InlineData("https://h/a#c2VjcmV0", "https://h/a#***")]
    [InlineData("https://h/a;jsessionid=c2Vj/b.mp4;v=2?v=1", "https://h/a;***/b.mp4;***?v=1")]
    [InlineData("s3://bucket/a;token=b.mp4", "s3://bucket/a;token=b.mp4")]
    [InlineData("https://api.telegram.org/file/bot123456:AAF-x_y/videos/file_7.mp4", "https://api.telegram.org/file/***/videos/file_7.mp4")]
    [InlineData("https://cdn.example.com/token/abc/movie.mp4", "https://cdn.example.com/token/***/movie.mp4")]
    [InlineData("https://cloud.example.com/s/qL5wEzY8aJ/download", "https://cloud.example.com/s/***/download")]
    [InlineData("https://cdn.example.com/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln/a.mp4", "https://cdn.example.com/***/a.mp4")]
    [InlineData("https://cdn.example.com/550e8400-e29b-41d4-a716-446655440000/a.mp4", "https://cdn.example.com/***/a.mp4")]
    [InlineData("https://cdn.example.com/d41d8cd98f00b204e9800998ecf8427e.mp4", "https://cdn.example.com/***.mp4")]
    [InlineData("https://cdn.example.com/exp=1700000000~acl=x~hmac=abc/a.mp4", "https://cdn.example.com/***/a.mp4")]
    [InlineData("https://hooks.slack.com/services/T0/B0/word", "https://hooks.slack.com/services/***/***/***")]
    [InlineData("https://h/share/videos/movie.mp4", "https://h/share/***/movie.mp4")]
    [InlineData("https://h/hqkxrtbnmwpl/movie.mp4", "https://h/***/movie.mp4")]
    [InlineData("https://h/My%20holiday%20%C3%BC/VID_20231105_142233.mp4", "https://h/My%20holiday%20%C3%BC/VID_20231105_142233.mp4")]
    [InlineData("https://h/Some.Show.S01E05.1080p.WEB.H264.mkv", "https://h/Some.Show.S01E05.1080p.WEB.H264.mkv")]
    [InlineData("https://h/BigBuckBunny_320x180.mp4", "https://h/BigBuckBunny_320x180.mp4")]
    [InlineData("https://h/2026/11/29/GH010123.MP4", "https://h/2026/11/29/GH010123.MP4")]
    public void Secrets_are_shown_as_asterisks(string address, string shown) =>
        MediaUri.Redact(address).ShouldBe(shown);

    [Fact]
    public void A_sealed_address_is_shown_without_and_revealed_with_its_secret()
    {
        var secrets = SecretBox.Ephemeral();

        var uri = MediaUri.Seal("ftp://me:a-long-password@host/a", secrets);

        uri.ToString().ShouldBe("ftp://***@host/a");
        uri.Sealed.ShouldNotBeNull().ShouldNotContain("a-long-password");
        uri.Reveal(secrets).ShouldBe("ftp://me:a-long-password@host/a");
    }

    [Fact]
    public void An_address_that_is_shown_whole_is_not_sealed_but_one_with_a_query_always_is()
    {
        var secrets = SecretBox.Ephemeral();
        MediaUri.Seal("https://example.org/a", secrets).Sealed.ShouldBeNull();
        MediaUri.Seal("/videos/a?b.mp4", secrets).Sealed.ShouldBeNull();
        MediaUri.Seal("https://example.org/a?v=1", secrets).Sealed.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("https://hooks.slack.com/services/T00000000/B00000000/abcdef", "https://hooks.slack.com/***")]
    [InlineData("https://discord.com/api/webhooks/123/word", "https://discord.com/***")]
    [InlineData("https://api.telegram.org/bot1:AA/sendMessage?chat_id=1", "https://api.telegram.org/***")]
    [InlineData("http://me:pw@example.org:8080/done", "http://***@example.org:8080/***")]
    [InlineData("https://example.org?word", "https://example.org/***")]
    [InlineData("https://example.org#word", "https://example.org/***")]
    [InlineData("https://[::1]:8080/word", "https://[::1]:8080/***")]
    [InlineData("https://example.org/", "https://example.org/")]
    [InlineData("https://example.org", "https://example.org")]
    public void Of_a_web_hook_only_the_server_is_shown_and_stored_in_clear(string address, string shown)
    {
        var secrets = SecretBox.Ephemeral();

        var uri = MediaUri.SealHook(address, secrets);

        (uri.Stored, uri.DisplayOfHook).ShouldBe((shown, shown));
        uri.Sealed.ShouldNotBeNull();
        uri.Reveal(secrets).ShouldBe(address);
    }

    [Fact]
    public void Records_of_earlier_versions_can_be_read_and_show_no_more_than_those_of_today()
    {
        const string Old = """
            {"id":"1","steps":[],"spec":{"source":{"display":"https://h/a.mp4?hmac=open"},"dest":{"display":"ftp://me:***@h/b","sealed":"c2VhbGVk"},
             "options":{"nommer":"ffmpeg","passes":[]},"notify_url":{"display":"https://hooks.slack.com/services/T/B/open"}}}
            """;

        var job = JobJson.ReadJob(Old);
        var again = JobJson.ReadJob(JobJson.Write(job));

        again.Spec.Source.Reveal(SecretBox.Ephemeral()).ShouldBe("https://h/a.mp4?hmac=open");
        again.Spec.NotifyUrl!.Reveal(SecretBox.Ephemeral()).ShouldBe("https://hooks.slack.com/services/T/B/open");
        again.Spec.Dest.Sealed.ShouldBe("c2VhbGVk");
        (again.Spec.Source.Display, again.Spec.Dest.Display, again.Spec.NotifyUrl.DisplayOfHook)
            .ShouldBe(("https://h/a.mp4?hmac=***", "ftp://***@h/b", "https://hooks.slack.com/***"));
    }

    [Fact]
    public void Another_key_does_not_open_it() =>
        Should.Throw<InvalidOperationException>(
            () => MediaUri.Seal("ftp://me:pw@host/a", SecretBox.Ephemeral()).Reveal(SecretBox.Ephemeral()))
            .Message.ShouldContain("another secret key");
}
