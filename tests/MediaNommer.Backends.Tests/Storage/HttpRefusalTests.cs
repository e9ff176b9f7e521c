using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

public sealed class HttpRefusalTests : HttpTroubleRig
{
    [Theory]
    [InlineData(404, MediaStorageErrors.SourceNotFound)]
    [InlineData(410, MediaStorageErrors.SourceNotFound)]
    [InlineData(401, MediaStorageErrors.SourceUnreadable)]
    [InlineData(403, MediaStorageErrors.SourceUnreadable)]
    [InlineData(418, MediaStorageErrors.SourceUnreadable)]
    public async Task A_refusal_is_final_and_asked_for_once(int status, string code)
    {
        AnswerWith(status);
        var error = await FailAsync("http://bob:hush@", "?X-Amz-Signature=topsecret");
        error.Code.ShouldBe(code);
        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain($"{status}");
        error.ToString().ShouldNotContain("hush");
        error.ToString().ShouldNotContain("topsecret");
        Server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_compressed_answer_is_kept_as_it_is()
    {
        Server.Trouble = context =>
        {
            context.Request.Headers.AcceptEncoding.ToString().ShouldBe("identity");
            context.Response.Headers.ContentEncoding = "gzip";
            return Task.FromResult(false);
        };
        await FetchAsync();
    }

    [Theory]
    [InlineData(405)]
    [InlineData(403)]
    [InlineData(501)]
    public async Task The_size_is_found_where_HEAD_is_refused(int status)
    {
        Server.Trouble = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(context.Request.Method == "HEAD");
        };
        (await Storage.StatAsync(Server.Address, default)).ShouldBe(new MediaStat(Size, "\"1\""));
    }

    [Fact]
    public async Task Redirects_are_followed_and_credentials_stay_with_their_host()
    {
        await using var other = await TroubledServer.StartAsync();
        other.Content = Server.Content;
        var authorizations = new List<string>();
        Redirect(Server, _ => other.Address);
        other.Trouble = context =>
        {
            authorizations.Add(context.Request.Headers.Authorization.ToString());
            return Task.FromResult(false);
        };
        other.Cuts.Enqueue(600_000);
        await FetchAsync("http://bob:hush@");
        authorizations.ShouldBe(["", ""]);
    }

    [Fact]
    public async Task Redirects_in_a_circle_and_to_other_protocols_are_refused()
    {
        Redirect(Server, _ => "/again");
        (await FailAsync()).Message.ShouldContain("redirected more than 10 times");
        Redirect(Server, _ => "file:///etc/passwd");
        (await FailAsync()).Message.ShouldContain("file://");
    }

    [Theory]
    [InlineData("http://bob:hush@/x")]
    [InlineData("http://bob:hu sh@host:99999/x")]
    public async Task An_address_that_is_none_is_refused_without_showing_its_password(string address)
    {
        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.StatAsync(address, default));
        error.Message.ShouldContain("not a valid address");
        error.ToString().ShouldNotContain("hu");
    }
}
