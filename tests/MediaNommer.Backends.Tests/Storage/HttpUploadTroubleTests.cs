using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

public sealed class HttpUploadTroubleTests : HttpTroubleRig
{
    [Fact]
    public async Task An_output_is_sent_again_when_the_server_was_busy()
    {
        var refusals = 2;
        Server.Trouble = context =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(context.Request.Method == "PUT" && refusals-- > 0);
        };
        (await PutAsync()).ShouldBe(Server.Received);
        Server.Requests.ShouldBe(["OPTIONS", "PUT", "PUT", "PUT"]);
    }

    [Theory]
    [InlineData(403, "credentials")]
    [InlineData(405, "PUT")]
    [InlineData(413, "files of that size")]
    public async Task A_refused_output_is_a_final_error_with_the_remedy(int status, string remedy)
    {
        AnswerWith(status);
        var error = await Should.ThrowAsync<MediaStorageException>(() => PutAsync());
        error.Code.ShouldBe(MediaStorageErrors.DestNotWritable);
        error.Message.ShouldContain(remedy);
        Server.Requests.Count(request => request == "PUT").ShouldBe(1);
    }

    [Fact]
    public async Task An_output_follows_a_redirect_that_keeps_the_method_and_no_other()
    {
        await using var other = await TroubledServer.StartAsync();
        Redirect(Server, _ => other.Address, status: 307);
        (await PutAsync()).ShouldBe(other.Received);

        Redirect(Server, _ => other.Address, status: 303);
        (await Should.ThrowAsync<MediaStorageException>(() => PutAsync())).Code.ShouldBe(MediaStorageErrors.DestNotWritable);
    }

    [Fact]
    public async Task A_destination_whose_server_is_not_there_is_found_before_the_work_begins()
    {
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.PrepareAsync("http://bob:hush@127.0.0.1:1/film.mp4", Tag, default));
        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("refused");
        error.ToString().ShouldNotContain("hush");
    }

    [Fact]
    public async Task A_server_that_cannot_move_gets_no_second_try_from_a_run_that_lost_its_step_meanwhile()
    {
        Server.Trouble = context =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(context.Request.Method == "PUT");
        };
        var questions = 0;
        await Should.ThrowAsync<LeaseLostException>(
            () => PutAsync(_ => ++questions == 1 ? Task.CompletedTask : throw new LeaseLostException()));
        Server.Requests.ShouldBe(["OPTIONS", "PUT"]);
    }

    [Theory]
    [InlineData("MOVE", new[] { "OPTIONS", "PUT", "MOVE", "PUT", "DELETE" })]
    [InlineData("PUT", new[] { "OPTIONS", "PUT", "PUT" })]
    public async Task A_server_that_offers_WebDAV_but_refuses_the_hidden_name_gets_a_plain_PUT(
        string refused, string[] requests)
    {
        var isFirst = true;
        Server.Trouble = context =>
        {
            context.Response.Headers["DAV"] = "1, 2";
            if (context.Request.Method != refused || !Interlocked.Exchange(ref isFirst, false))
                return Task.FromResult(false);
            context.Response.StatusCode = 403;
            return Task.FromResult(true);
        };
        (await PutAsync()).ShouldBe(Server.Received);
        Server.Requests.ShouldBe(requests);
    }

    [Fact]
    public async Task A_server_that_goes_by_another_name_behind_a_proxy_is_told_the_path_alone()
    {
        var destinations = new List<string>();
        Server.Trouble = context =>
        {
            context.Response.Headers["DAV"] = "1";
            if (context.Request.Method != "MOVE")
                return Task.FromResult(false);
            destinations.Add(context.Request.Headers["Destination"].ToString());
            context.Response.StatusCode = destinations.Count == 1 ? 502 : 201;
            return Task.FromResult(true);
        };
        await PutAsync();
        destinations.ShouldBe([Server.Address, "/movie.mp4"]);
        Server.Requests.ShouldBe(["OPTIONS", "PUT", "MOVE", "MOVE"]);
    }

    [Theory]
    [InlineData(Size, null)]
    [InlineData(Size + 1, MediaStorageErrors.Superseded)]
    public async Task A_move_whose_answer_got_lost_is_told_from_an_output_that_was_taken_away(int sizeThere, string? code)
    {
        var moves = 0;
        Server.Trouble = context =>
        {
            context.Response.Headers["DAV"] = "1";
            if (context.Request.Method != "MOVE")
                return Task.FromResult(false);
            if (++moves == 1)
                context.Abort();
            else
                Server.Content = new byte[sizeThere];
            context.Response.StatusCode = 404;
            return Task.FromResult(true);
        };
        var put = PutAsync();
        if (code is null)
            await put;
        else
            (await Should.ThrowAsync<MediaStorageException>(put)).Code.ShouldBe(code);
        moves.ShouldBe(2);
    }

    private sealed class LeaseLostException : Exception;
}
