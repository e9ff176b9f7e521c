using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>Outputs of finished jobs over HTTP: parts, conditions, names, keys, and files that are no longer the job's.</summary>
public sealed class FilesApiTests(TwoFeederds feederds) : IClassFixture<TwoFeederds>, IDisposable
{
    private const string Key = TwoFeederds.Key;
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i % 251))];

    private readonly RunningFeederd open = feederds.Open;
    private readonly RunningFeederd locked = feederds.Locked;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-files-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_whole_output_comes_with_its_type_name_and_tag()
    {
        var url = await FinishAsync("clip.mp4");

        using var answer = await open.Http.GetAsync(url);
        using var head = await open.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, url));

        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Bytes);
        foreach (var one in (HttpResponseMessage[])[answer, head])
        {
            one.StatusCode.ShouldBe(HttpStatusCode.OK);
            one.Content.Headers.ContentLength.ShouldBe(1000);
            one.Content.Headers.ContentType!.MediaType.ShouldBe("video/mp4");
            one.Content.Headers.LastModified.ShouldNotBeNull();
            one.Content.Headers.ContentDisposition!.ToString().ShouldBe("inline; filename=clip.mp4; filename*=UTF-8''clip.mp4");
            one.Headers.ETag.ShouldNotBeNull().IsWeak.ShouldBeFalse();
            one.Headers.AcceptRanges.ShouldBe(["bytes"]);
            one.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            one.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'; media-src");
        }

        (await head.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=10-19", 10, 10)]
    [InlineData("bytes=990-", 990, 10)]
    [InlineData("bytes=990-5000", 990, 10)]
    [InlineData("bytes=-10", 990, 10)]
    [InlineData("bytes=-5000", 0, 1000)]
    public async Task A_range_is_that_part(string range, int from, int length)
    {
        using var answer = await GetAsync(await FinishAsync("clip.mp4"), ("Range", range));

        answer.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        answer.Content.Headers.ContentRange!.ToString().ShouldBe($"bytes {from}-{from + length - 1}/1000");
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Bytes[from..(from + length)]);
    }

    [Theory]
    [InlineData("bytes=1000-")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=5000-6000")]
    public async Task A_range_beyond_the_end_is_refused_with_the_size(string range)
    {
        using var answer = await GetAsync(await FinishAsync("clip.mp4"), ("Range", range));

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        answer.Content.Headers.ContentRange!.ToString().ShouldBe("bytes */1000");
    }

    [Theory]
    [InlineData("bytes=20-10")]
    [InlineData("lines=1-2")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=0-999,0-999")]
    public async Task What_is_no_range_or_asks_for_more_than_all_gives_the_whole(string range)
    {
        using var answer = await GetAsync(await FinishAsync("clip.mp4"), ("Range", range));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Bytes);
    }

    [Fact]
    public async Task Several_ranges_come_in_parts_each_with_its_place()
    {
        using var answer = await GetAsync(await FinishAsync("clip.mp4"), ("Range", "bytes=0-4,990-, 2000-"));

        answer.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("multipart/byteranges");
        var body = await answer.Content.ReadAsByteArrayAsync();
        body.Length.ShouldBe((int)answer.Content.Headers.ContentLength!);
        var text = System.Text.Encoding.Latin1.GetString(body);
        text.ShouldContain("Content-Range: bytes 0-4/1000");
        text.ShouldContain("Content-Range: bytes 990-999/1000");
        text.ShouldContain(System.Text.Encoding.Latin1.GetString(Bytes[990..]));
    }

    [Fact]
    public async Task Conditions_are_kept()
    {
        var url = await FinishAsync("clip.mp4");
        using var first = await open.Http.GetAsync(url);
        var tag = first.Headers.ETag!.ToString();
        var time = first.Content.Headers.LastModified!.Value.ToString("r");
        var earlier = first.Content.Headers.LastModified!.Value.AddHours(-1).ToString("r");

        (await StatusAsync(url, ("If-None-Match", tag))).ShouldBe(304);
        (await StatusAsync(url, ("If-None-Match", "\"other\""))).ShouldBe(200);
        (await StatusAsync(url, ("If-Modified-Since", time))).ShouldBe(304);
        (await StatusAsync(url, ("If-Modified-Since", earlier))).ShouldBe(200);
        (await StatusAsync(url, ("If-Match", "\"other\""))).ShouldBe(412);
        (await StatusAsync(url, ("If-Match", tag))).ShouldBe(200);
        (await StatusAsync(url, ("If-Unmodified-Since", earlier))).ShouldBe(412);
        (await StatusAsync(url, ("Range", "bytes=0-1"), ("If-Range", tag))).ShouldBe(206);
        (await StatusAsync(url, ("Range", "bytes=0-1"), ("If-Range", time))).ShouldBe(206);
        (await StatusAsync(url, ("Range", "bytes=0-1"), ("If-Range", "\"other\""))).ShouldBe(200);
        (await StatusAsync(url, ("Range", "bytes=0-1"), ("If-Range", "W/" + tag))).ShouldBe(200);
        (await StatusAsync(url, ("Range", "bytes=0-1"), ("If-Range", earlier))).ShouldBe(200);
        (await StatusAsync(url, ("Range", "bytes=0-1"), ("If-Range", "nonsense"))).ShouldBe(200);
    }

    [Theory]
    [InlineData("Žluťoučký \"kůň\"; x=1.mp4", "attachment; filename=")]
    [InlineData("a\r\nSet-Cookie: x=1.mp4", "attachment; filename=")]
    [InlineData("100% & 'quoted' #1?.mp4", "attachment; filename=")]
    [InlineData("日本語.mp4", "filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E.mp4")]
    public async Task Every_name_can_be_downloaded_and_none_adds_a_header(string name, string expected)
    {
        using var answer = await open.Http.GetAsync(await FinishAsync(name) + "?download=1");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        answer.Content.Headers.NonValidated["Content-Disposition"].ToString().ShouldContain(expected);
    }

    [Theory]
    [InlineData("page.html")]
    [InlineData("picture.svg")]
    [InlineData("page.xhtml")]
    [InlineData("script.js")]
    [InlineData("noextension")]
    public async Task What_could_run_in_a_browser_is_sent_as_bytes_in_a_sandbox(string name)
    {
        using var answer = await open.Http.GetAsync(await FinishAsync(name));

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("sandbox;");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Theory]
    [InlineData("other.mp4")]
    [InlineData("..%2Fclip.mp4")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData("..")]
    public async Task Nothing_but_the_output_is_to_be_had(string name)
    {
        var url = await FinishAsync("clip.mp4");

        using var answer = await open.Http.GetAsync(new Uri(url.Replace("clip.mp4", name), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_output_that_was_removed_or_replaced_is_gone()
    {
        var url = await FinishAsync("clip.mp4");
        var path = Path.Combine(folder.FullName, "clip.mp4");
        var time = File.GetLastWriteTimeUtc(path);

        File.SetLastWriteTimeUtc(path, time.AddSeconds(1));
        (await ProblemAsync(url)).ShouldBe((410, "OUTPUT_GONE"));
        await File.WriteAllBytesAsync(path, Bytes[1..]);
        (await ProblemAsync(url)).ShouldBe((410, "OUTPUT_GONE"));
        File.Delete(path);
        (await ProblemAsync(url)).ShouldBe((410, "OUTPUT_GONE"));
        Directory.CreateDirectory(path);
        (await ProblemAsync(url)).ShouldBe((422, "OUTPUT_UNREADABLE"));
    }

    [Fact]
    public async Task A_job_that_is_not_finished_has_no_output()
    {
        var id = await open.SubmitAsync();
        var job = await open.Client.GetJobAsync(id);

        job.OutputUrl.ShouldBeNull();
        (await ProblemAsync($"/v1/files/{id}/clip.mp4")).ShouldBe((409, "WRONG_STATE"));
        (await ProblemAsync("/v1/files/no-such-job/clip.mp4")).ShouldBe((404, "NOT_FOUND"));
    }

    [Fact]
    public async Task A_key_or_a_link_that_was_signed_for_the_output_opens_it()
    {
        var url = await FinishAsync("a b.mp4", locked);
        var other = await FinishAsync("other.mp4", locked);
        var link = await LinkAsync(url, "seconds=60");

        (await AnonymousAsync(url)).ShouldBe(401);
        (await AnonymousAsync(link)).ShouldBe(200);
        (await AnonymousAsync(link + "&download=1")).ShouldBe(200);
        (await AnonymousAsync(other + link[link.IndexOf('?')..])).ShouldBe(401);
        (await AnonymousAsync(link.Replace("expires=", "expires=9", StringComparison.Ordinal))).ShouldBe(401);
        (await AnonymousAsync(link[..^1] + (link[^1] == '0' ? '1' : '0'))).ShouldBe(401);
        var api = link.Replace(new Uri(url).AbsolutePath, "/v1/jobs", StringComparison.Ordinal);
        (await AnonymousAsync(api)).ShouldBe(401);
    }

    [Fact]
    public async Task A_link_ends_with_its_time()
    {
        var url = await FinishAsync("clip.mp4", locked);
        var link = await LinkAsync(url, "seconds=1");

        var status = await AnonymousAsync(link);
        for (var start = Stopwatch.GetTimestamp(); status == 200 && Stopwatch.GetElapsedTime(start).TotalSeconds < 20;)
            status = await AnonymousAsync(link);
        status.ShouldBe(403);
        (await LinkProblemAsync(url, "seconds=0")).ShouldBe(400);
        (await LinkProblemAsync(url, "seconds=604801")).ShouldBe(400);
    }

    private async Task<string> FinishAsync(string name, RunningFeederd? at = null)
    {
        var feederd = at ?? open;
        var path = Path.Combine(folder.FullName, name);
        await File.WriteAllBytesAsync(path, Bytes);
        // Past the checks of a submission, which refuse some of these names: plug-ins and older versions may not have.
        var spec = new JobSpec
        {
            Source = new MediaUri("/in/clip.mov", null),
            Dest = new MediaUri(path, null),
            Options = new EncodeOptions { Nommer = "ffmpeg", Passes = [new EncodePass()] },
        };
        var id = await feederd.Lifecycle.SubmitAsync(spec, idempotencyKey: null, remarks: [], CancellationToken.None);
        var claim = await feederd.ClaimAsync(id);
        var file = new FileInfo(path);
        var output = new OutputFacts { Size = file.Length, Revision = $"{file.Length:x}-{file.LastWriteTimeUtc.Ticks:x}" };
        await feederd.Lifecycle.CompleteAsync(
            claim, new RunResult { Outcome = RunOutcome.Finished, Output = output }, log: null, CancellationToken.None);
        return (await feederd.Client.GetJobAsync(id)).OutputUrl.ShouldNotBeNull();
    }

    private async Task<HttpResponseMessage> GetAsync(string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await open.Http.SendAsync(request);
    }

    private async Task<int> StatusAsync(string url, params (string Name, string Value)[] headers)
    {
        using var answer = await GetAsync(url, headers);
        return (int)answer.StatusCode;
    }

    private async Task<(int Status, string Code)> ProblemAsync(string url)
    {
        using var answer = await open.Http.GetAsync(url);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)answer.StatusCode, problem.GetProperty("code").GetString()!);
    }

    private async Task<int> AnonymousAsync(string url)
    {
        using var answer = await locked.Http.GetAsync(url);
        return (int)answer.StatusCode;
    }

    private async Task<string> LinkAsync(string url, string query)
    {
        using var http = WithKey();
        using var answer = await http.PostAsync(LinkUrl(url, query), null);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("url").GetString()!;
    }

    private async Task<int> LinkProblemAsync(string url, string query)
    {
        using var http = WithKey();
        using var answer = await http.PostAsync(LinkUrl(url, query), null);
        return (int)answer.StatusCode;
    }

    private static Uri LinkUrl(string url, string query) =>
        new(new Uri(url), $"/v1/jobs/{new Uri(url).Segments[3].TrimEnd('/')}/link?{query}");

    private static HttpClient WithKey()
    {
        var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("another:"u8));
        return http;
    }
}
