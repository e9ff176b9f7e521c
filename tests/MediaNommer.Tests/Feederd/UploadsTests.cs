using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MediaNommer.Client;
using MediaNommer.Client.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Services;
using MediaNommer.Tests.Fleet;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class UploadsTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    private string Folder => Path.Combine(feederd.DataDir, "uploads");

    [Fact]
    public async Task A_file_arrives_whole_and_can_be_a_source()
    {
        var bytes = RandomNumberGenerator.GetBytes(3_000_000);
        var path = Path.Combine(feederd.DataDir, "ein Fälm.mov");
        await File.WriteAllBytesAsync(path, bytes);
        var reports = new List<long>();

        var upload = await feederd.Client.UploadAsync(path, new Listed(reports));

        (upload.FileName, upload.Size).ShouldBe(("ein Fälm.mov", 3_000_000));
        Path.IsPathFullyQualified(upload.SourcePath).ShouldBeTrue();
        (await File.ReadAllBytesAsync(upload.SourcePath)).ShouldBe(bytes);
        reports[^1].ShouldBe(3_000_000);
        var id = await feederd.SubmitAsync(
            $$"""{"source_path": "{{upload.SourcePath}}", "dest_path": "/out/x.mp4", "preset": "web_medium"}""");
        (await feederd.Client.GetJobAsync(id)).SourcePath.ShouldBe(upload.SourcePath);
    }

    [Fact]
    public async Task Where_only_machines_elsewhere_would_read_it_an_upload_is_refused_before_it_is_sent()
    {
        await using var there = await RunningFeederd.StartAsync(
            services: services => services.AddSingleton<IFleet>(new Machines(TimeProvider.System)));

        using var answer = await there.Http.PostAsync("/v1/uploads?filename=a.mov", new ByteArrayContent([1]));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("s3://");
        Directory.Exists(Path.Combine(there.DataDir, "uploads")).ShouldBeFalse();

        var here = new Node { Id = "here", IsLocal = true, LastReportAt = DateTimeOffset.UtcNow, Version = 1 };
        await there.Store.TryPutNodeAsync(here, 0, CancellationToken.None);
        using var second = await there.Http.PostAsync("/v1/uploads?filename=a.mov", new ByteArrayContent([1]));
        second.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_form_works_too_and_only_its_file_counts()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("web_medium"), "preset" },
            { new ByteArrayContent("picture"u8.ToArray()), "file", "Ä clip.mp4" },
        };

        using var answer = await feederd.Http.PostAsync("/v1/uploads", form);

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var upload = (await answer.Content.ReadFromJsonAsync(WireJson.Default.UploadResponse))!;
        upload.FileName.ShouldBe("Ä clip.mp4");
        (await File.ReadAllTextAsync(upload.SourcePath)).ShouldBe("picture");
    }

    [Fact]
    public async Task The_name_may_come_as_Content_Disposition()
    {
        using var content = new ByteArrayContent("x"u8.ToArray());
        content.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileNameStar = "ü.mkv" };

        using var answer = await feederd.Http.PostAsync("/v1/uploads", content);

        (await answer.Content.ReadFromJsonAsync(WireJson.Default.UploadResponse))!.FileName.ShouldBe("ü.mkv");
    }

    [Fact]
    public async Task Uploads_are_listed_newest_first_and_can_be_deleted()
    {
        await using var own = await RunningFeederd.StartAsync();
        var first = await UploadAsync(own, "a.mp4");
        var second = await UploadAsync(own, "b.mp4");

        (await own.Client.ListUploadsAsync()).Uploads.Select(upload => upload.Id).ShouldBe([second.Id, first.Id]);
        await own.Client.DeleteUploadAsync(first.Id);

        File.Exists(first.SourcePath).ShouldBeFalse();
        (await own.Client.ListUploadsAsync()).Uploads.Select(upload => upload.Id).ShouldBe([second.Id]);
        var error = await Should.ThrowAsync<NommerApiException>(() => own.Client.DeleteUploadAsync(first.Id));
        error.Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../../etc")]
    [InlineData("")]
    public async Task Nothing_but_an_upload_can_be_deleted(string id)
    {
        var victim = Directory.CreateDirectory(Path.Combine(feederd.DataDir, "victim")).FullName;

        using var answer = await feederd.Http.DeleteAsync($"/v1/uploads/{Uri.EscapeDataString(id)}");

        ((int)answer.StatusCode).ShouldBeInRange(400, 499);
        Directory.Exists(victim).ShouldBeTrue();
        feederd.Get<Uploads>().Delete(id).ShouldBeFalse();
    }

    [Theory]
    [InlineData("../../../etc/passwd", "passwd")]
    [InlineData("..\\..\\boot.ini", "boot.ini")]
    [InlineData("/", "upload")]
    [InlineData("..", "upload")]
    [InlineData(".part", "part")]
    [InlineData("-i evil.mp4", "i evil.mp4")]
    [InlineData("a\nb\0c.mp4", "abc.mp4")]
    [InlineData("<script>.mp4", "script.mp4")]
    [InlineData("日本語 clip.mp4", "日本語 clip.mp4")]
    [InlineData("evil\u202egpj.mp4", "evilgpj.mp4")]
    [InlineData("\u200b\u200f\u2066a\u2069\ufeff\u061c.mp4\u200e", "a.mp4")]
    [InlineData("a\u001b[31mred\u009b.mp4", "a[31mred.mp4")]
    [InlineData("a\u2028b\ud800.mp4", "ab.mp4")]
    [InlineData("\u202e", "upload")]
    [InlineData("...", "upload")]
    [InlineData(". .a.mp4. .", "a.mp4")]
    [InlineData("CON", "_CON")]
    [InlineData("nul.mp4", "_nul.mp4")]
    [InlineData("com1.tar.gz", "_com1.tar.gz")]
    [InlineData("console.mp4", "console.mp4")]
    [InlineData(null, "upload")]
    public void Names_are_made_safe(string? name, string safe) => SafeFileName.Of(name).ShouldBe(safe);

    [Fact]
    public void Long_names_keep_their_ending()
    {
        var safe = SafeFileName.Of(new string('ä', 300) + "😀.mp4");

        Encoding.UTF8.GetByteCount(safe).ShouldBeLessThanOrEqualTo(200);
        safe.ShouldEndWith("ä.mp4");
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing()
    {
        await using var own = await RunningFeederd.StartAsync();
        var folder = Path.Combine(own.DataDir, "uploads");
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(own.Url.Host, own.Url.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                "POST /v1/uploads?filename=a.mp4 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nhalf of it"));
            await Soon.BeAsync(
                () => Directory.Exists(folder) && Directory.EnumerateDirectories(folder).Any(), "the upload began");
        }

        await Soon.BeAsync(() => !Directory.EnumerateFileSystemEntries(folder).Any(), "its traces are gone");
        (await own.Client.ListUploadsAsync()).Uploads.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_form_that_breaks_off_or_holds_no_file_is_refused()
    {
        using var cut = new ByteArrayContent(Encoding.ASCII.GetBytes(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp4\"\r\n\r\nhalf"));
        cut.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        using var empty = new MultipartFormDataContent { { new StringContent("x"), "preset" } };

        foreach (var form in (HttpContent[])[cut, empty])
        {
            using var answer = await feederd.Http.PostAsync("/v1/uploads", form);

            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await answer.Content.ReadFromJsonAsync(WireJson.Default.ProblemResponse))!.Code.ShouldBe("BADINPUT");
        }

        PartsIn(Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_file_of_a_form_is_stored_and_named_in_the_answer()
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent("one"u8.ToArray()), "file", "a.mp4" },
            { new StringContent("web_medium"), "preset" },
            { new ByteArrayContent("two"u8.ToArray()), "file", "b.mp4" },
            { new ByteArrayContent("three"u8.ToArray()), "other", "a.mp4" },
        };

        using var answer = await feederd.Http.PostAsync("/v1/uploads", form);

        var upload = (await answer.Content.ReadFromJsonAsync(WireJson.Default.UploadResponse))!;
        upload.FileName.ShouldBe("a.mp4");
        upload.Uploads!.Select(each => each.FileName).ShouldBe(["a.mp4", "b.mp4", "a.mp4"]);
        upload.Uploads!.Select(each => File.ReadAllText(each.SourcePath)).ShouldBe(["one", "two", "three"]);
    }

    [Fact]
    public async Task A_form_with_a_file_that_cannot_be_stored_stores_none()
    {
        await using var own = await RunningFeederd.StartAsync();
        using var empty = new MultipartFormDataContent
        {
            { new ByteArrayContent("one"u8.ToArray()), "file", "a.mp4" }, { new ByteArrayContent([]), "file", "b.mp4" },
        };
        using var part = new ByteArrayContent("x"u8.ToArray());
        part.Headers.TryAddWithoutValidation("Content-Range", "bytes 0-0/2");
        using var ranged = new MultipartFormDataContent { { new ByteArrayContent("one"u8.ToArray()), "file", "a.mp4" }, { part, "file", "b.mp4" } };

        foreach (var form in (HttpContent[])[empty, ranged])
        {
            using var answer = await own.Http.PostAsync("/v1/uploads", form);
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        (await own.Client.ListUploadsAsync()).Uploads.ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(Path.Combine(own.DataDir, "uploads")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Content-Range", "bytes 0-99/200")]
    [InlineData("Content-Range", "bytes */200")]
    [InlineData("X-Content-Range", "bytes 0-99/200")]
    [InlineData("Content-Encoding", "gzip")]
    public async Task What_is_not_a_whole_file_as_it_is_is_refused(string header, string value)
    {
        await using var own = await RunningFeederd.StartAsync();
        using var content = new ByteArrayContent("a part"u8.ToArray());
        content.Headers.TryAddWithoutValidation(header, value);

        using var answer = await own.Http.PostAsync("/v1/uploads?filename=a.mp4", content);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadFromJsonAsync(WireJson.Default.ProblemResponse))!.Field.ShouldBe(header);
        (await own.Client.ListUploadsAsync()).Uploads.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_that_an_unfinished_job_reads_is_not_deleted()
    {
        await using var own = await RunningFeederd.StartAsync();
        var upload = await UploadAsync(own, "a.mp4");
        var id = await own.SubmitAsync($$"""{"source_path": "file://{{upload.SourcePath}}", "dest_path": "/out/x.mp4", "preset": "web_medium"}""");

        var error = await Should.ThrowAsync<NommerApiException>(() => own.Client.DeleteUploadAsync(upload.Id));

        (error.Status, error.Code).ShouldBe((409, "UPLOAD_IN_USE"));
        error.Message.ShouldContain(id);
        File.Exists(upload.SourcePath).ShouldBeTrue();
        await own.Client.CancelAsync(id);
        await own.Client.DeleteUploadAsync(upload.Id);
        File.Exists(upload.SourcePath).ShouldBeFalse();
    }

    [Fact]
    public async Task An_empty_upload_is_refused()
    {
        using var answer = await feederd.PostAsync("/v1/uploads?filename=a.mp4", "");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("empty");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_over_the_limit_is_refused_and_leaves_nothing(bool sizeIsTold)
    {
        await using var own = await RunningFeederd.StartAsync(options => options.Feederd.MaxUploadBytes = 1000);
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/uploads")
        {
            Content = new StreamContent(new MemoryStream(new byte[2000])),
        };
        request.Headers.TransferEncodingChunked = !sizeIsTold;

        using var answer = await own.Http.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("1000");
        PartsIn(Path.Combine(own.DataDir, "uploads")).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_that_the_disk_has_no_room_for_is_refused_before_it_is_sent()
    {
        await using var own = await RunningFeederd.StartAsync(options => options.Nommerd.MinFreeDiskBytes = long.MaxValue / 2);
        var path = Path.Combine(own.DataDir, "a.mp4");
        await File.WriteAllTextAsync(path, "x");

        var error = await Should.ThrowAsync<NommerApiException>(() => own.Client.UploadAsync(path));

        (error.Status, error.Code, error.Retryable).ShouldBe((507, "DISK_FULL", true));
    }

    [Fact]
    public void What_a_crash_left_is_removed_after_an_hour()
    {
        var folder = Directory.CreateTempSubdirectory("nommer-uploads-").FullName;
        var clock = new FakeClock();
        var uploads = new Uploads(new NommerOptions { DataDir = folder }, clock);
        var part = Path.Combine(folder, "uploads", "0123", ".part");
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        File.WriteAllText(part, "half");

        File.SetLastWriteTimeUtc(part, clock.GetUtcNow().UtcDateTime.AddMinutes(-29));
        uploads.RemoveBroken();
        File.Exists(part).ShouldBeTrue();
        File.SetLastWriteTimeUtc(part, clock.GetUtcNow().UtcDateTime.AddMinutes(-31));
        using (File.Open(part, FileMode.Open, FileAccess.Write, FileShare.None))
            uploads.RemoveBroken();
        File.Exists(part).ShouldBeTrue("it is being written");
        uploads.RemoveBroken().ShouldBe(1);
        File.Exists(part).ShouldBeFalse();

        var empty = Directory.CreateDirectory(Path.Combine(folder, "uploads", "4567"));
        Directory.SetLastWriteTimeUtc(empty.FullName, clock.GetUtcNow().UtcDateTime.AddMinutes(-31));
        uploads.RemoveBroken().ShouldBe(1);
        Directory.Delete(folder, recursive: true);
    }

    private static IEnumerable<string> PartsIn(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, ".part", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        : [];

    private static async Task<UploadResponse> UploadAsync(RunningFeederd feederd, string name)
    {
        using var answer = await feederd.PostAsync($"/v1/uploads?filename={name}", "picture");
        return (await answer.Content.ReadFromJsonAsync(WireJson.Default.UploadResponse))!;
    }

    private sealed class Listed(List<long> reports) : IProgress<long>
    {
        public void Report(long value) => reports.Add(value);
    }
}
