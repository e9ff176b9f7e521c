using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

/// <summary>What receivers are sent, by whichever API the job came, and how they know that it comes from here.</summary>
public sealed partial class WebhookBodyTests : IAsyncLifetime
{
    private const string Secret = "s3cret äöü";

    private WebhookReceiver receiver = null!;
    private RunningFeederd feederd = null!;

    public async Task InitializeAsync()
    {
        receiver = await WebhookReceiver.StartAsync();
        feederd = await RunningFeederd.StartAsync(options => options.Feederd.NotifySecret = Secret);
    }

    public async Task DisposeAsync()
    {
        await feederd.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_job_of_v1_is_posted_as_json_with_the_job_in_it_and_signed()
    {
        var call = (await CallsForAsync("/v1/jobs", "POST", 2))[1];

        call.Headers["Content-Type"].ShouldBe("application/json");
        var told = JsonDocument.Parse(call.Body).RootElement;
        told.GetProperty("delivery_id").GetString().ShouldBe(call.Headers["Nommer-Delivery-Id"]);
        told.GetProperty("job_state").GetString().ShouldBe("CANCELLED");
        told.GetProperty("job_state_details").GetString().ShouldBe("Cancelled by a user.");
        told.GetProperty("at").GetString()!.ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$");
        told.GetProperty("job").GetProperty("job_id").GetString().ShouldBe(told.GetProperty("job_id").GetString());
        told.GetProperty("job").GetProperty("dest_path").GetString().ShouldBe("/out/clip.mp4");
        IsGenuine(call, call.Body).ShouldBeTrue();
        IsGenuine(call, [.. call.Body, (byte)' ']).ShouldBeFalse();
    }

    [Fact]
    public async Task A_job_of_the_original_api_is_posted_as_its_form()
    {
        var call = (await CallsForAsync("/job/submit", "POST", 2))[1];

        call.Headers["Content-Type"].ShouldBe("application/x-www-form-urlencoded");
        Encoding.ASCII.GetString(call.Body).ShouldBe(
            $"unique_id={call.Headers["Nommer-Job-Id"]}&job_state=CANCELLED&job_state_details=Cancelled+by+a+user.");
        IsGenuine(call, call.Body).ShouldBeTrue();
    }

    [Fact]
    public async Task A_get_has_no_body_and_is_signed_all_the_same()
    {
        var call = (await CallsForAsync("/v1/jobs", "GET", 1)).Single();

        call.Body.ShouldBeEmpty();
        IsGenuine(call, []).ShouldBeTrue();
    }

    [Fact]
    public void The_examples_of_the_docs_tell_genuine_calls_from_others()
    {
        var docs = File.ReadAllText(Path.Combine(Structure.Repository.Root, "docs", "api.md"));
        var source = File.ReadAllText(Path.Combine(
            Structure.Repository.Root, "tests", "MediaNommer.Tests", "Feederd", "WebhookSignature.cs"));
        var code = source[source.IndexOf("    public static bool", StringComparison.Ordinal)..source.IndexOf("    // to here", StringComparison.Ordinal)];
        Unindented(docs).ShouldContain(Unindented(code));

        var python = PythonExample().Match(docs).Groups[1].Value;
        python.ShouldNotBeEmpty();
        const string Check = """

            import sys
            print(is_genuine(sys.argv[1], sys.argv[2], sys.argv[3].encode(), sys.argv[4], now=1764412345))
            """;
        // By hand: printf '1764412345.{"a":1}' | openssl dgst -sha256 -hmac top-secret
        const string Signature = "sha256=a4d47cd239e8195aa3525b192a04fbc7c0385405e6a6311e0308df50a9540e28";
        foreach (var (body, timestamp, expected) in ((string, string, string)[])
            [("""{"a":1}""", "1764412345", "True"), ("""{"a":2}""", "1764412345", "False"), ("""{"a":1}""", "1764412000", "False")])
        {
            Run(python + Check, "top-secret", timestamp, body, Signature).ShouldBe(expected);
            WebhookSignature.IsGenuine(
                "top-secret", timestamp, Encoding.UTF8.GetBytes(body), Signature, DateTimeOffset.FromUnixTimeSeconds(1764412345))
                .ToString().ShouldBe(expected);
        }
    }

    private static bool IsGenuine(ReceivedCall call, byte[] body) => WebhookSignature.IsGenuine(
        Secret, call.Headers["Nommer-Timestamp"], body, call.Headers["Nommer-Signature"], DateTimeOffset.UtcNow);

    private async Task<List<ReceivedCall>> CallsForAsync(string path, string method, int count)
    {
        var answer = await feederd.AskAsync(
            path, RunningFeederd.SomeJob[..^1] + $$""", "notify_url": "{{receiver.Url}}", "notify_method": "{{method}}"}""");
        var id = answer.GetProperty("job_id").GetString()!;
        await feederd.Lifecycle.CancelAsync(id, default);
        await Soon.BeAsync(() => receiver.Calls.Count == count, "the calls");
        return [.. receiver.Calls];
    }

    private static string Run(string program, params string[] arguments)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", ["-c", program, .. arguments])
        {
            RedirectStandardOutput = true,
        })!;
        var said = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        return said.Trim();
    }

    private static string Unindented(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("```python\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex PythonExample();
}
