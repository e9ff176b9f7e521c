using System.Net;
using System.Net.Sockets;
using System.Text;
using MediaNommer.Backends.Sqlite;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>Requests and stores that are not as they should be, on real connections.</summary>
public sealed class ApiEdgeTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    [Fact]
    public async Task Head_is_answered_wherever_get_is_and_without_a_body()
    {
        var id = await feederd.SubmitAsync();
        var paths = OpenApiTests.EndpointsOf(feederd)
            .Where(endpoint => endpoint.StartsWith("GET ", StringComparison.Ordinal)).Select(endpoint => endpoint[4..])
            .Concat([$"/v1/jobs/{id}", $"/v1/jobs/{id}/events", "/v1/no-such-thing"]);
        foreach (var path in paths.Select(path => path.Replace("{id}", id, StringComparison.Ordinal)))
        {
            using var get = await feederd.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
            using var head = await feederd.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
            head.StatusCode.ShouldBe(get.StatusCode, path);
            head.Content.Headers.ContentType.ShouldBe(get.Content.Headers.ContentType, path);
            (await head.Content.ReadAsByteArrayAsync()).ShouldBeEmpty(path);
        }
    }

    [Theory]
    [InlineData("/v1/jobs", "ffffffffffffffff")]
    [InlineData("/v1/jobs", "fffffffff")]
    [InlineData("/v1/jobs", "-1")]
    [InlineData("/v1/jobs", "zz")]
    [InlineData("/v1/uploads?filename=a.mp4", "ffffffffffffffff")]
    [InlineData("/v1/wipe", "ffffffffffffffff")]
    public async Task A_chunk_of_an_impossible_size_is_a_bad_request(string path, string size)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, feederd.Url.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{size}\r\nabc\r\n0\r\n\r\n"));
        using var reader = new StreamReader(stream);
        (await reader.ReadLineAsync())!.ShouldStartWith("HTTP/1.1 400");
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_said_as_503_within_seconds_for_reading_what_is_there_and_readiness_too()
    {
        await using var own = await RunningFeederd.StartAsync();
        var id = await own.SubmitAsync();
        using var elsewhere = new WriteTurn(Path.Combine(own.DataDir, "store.db"));
        await Task.Run(elsewhere.Enter);
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            var answers = await Task.WhenAll(
                own.PostAsync("/v1/jobs", RunningFeederd.SomeJob), own.Http.DeleteAsync($"/v1/jobs/{id}"),
                own.Http.GetAsync("/readyz"));
            answers.Select(answer => answer.StatusCode).ShouldAllBe(status => status == HttpStatusCode.ServiceUnavailable);
            (await answers[0].Content.ReadAsStringAsync()).ShouldContain("store.db");
            (await answers[2].Content.ReadAsStringAsync()).ShouldContain("UNAVAILABLE");
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(25), "its own patience is 30 s");
            using var read = await own.Http.GetAsync($"/v1/jobs/{id}");
            read.StatusCode.ShouldBe(HttpStatusCode.OK, "reading waits for nobody who writes");
        }
        finally
        {
            elsewhere.Leave();
        }

        await Soon.BeAsync(() => own.Http.GetAsync("/readyz").Result.IsSuccessStatusCode, "it is ready again");
    }
}
