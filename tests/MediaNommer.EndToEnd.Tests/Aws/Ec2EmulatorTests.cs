using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Xml.Linq;
using MediaNommer.EndToEnd.Tests.Aws.Emulator;
using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Aws;

/// <summary>What the other tests rely on: that the emulator refuses what EC2 refuses, and keeps EC2's promises.</summary>
public sealed class Ec2EmulatorTests : IAsyncLifetime
{
    private const string Image = "ami-00000000000000002";

    private readonly HttpClient http = new();
    private int room = 100;
    private Ec2Emulator ec2 = null!;

    public async Task InitializeAsync() => ec2 = await Ec2Emulator.StartAsync(new CloudSettings
    {
        RoomFor = request => request.InstanceType == "c7a.large" ? room : 0, DescribesUntilVisible = 1, PendingFor = TimeSpan.Zero, VcpuLimit = 20,
    });

    public async Task DisposeAsync()
    {
        http.Dispose();
        await ec2.DisposeAsync();
    }

    // From AWS's page on signing, "Create a signed AWS API request", with its own keys and time.
    [Fact]
    public void Signatures_are_computed_as_in_the_published_example()
    {
        var request = new SignedRequest("GET", "/", "?Action=ListUsers&Version=2010-05-08", new Dictionary<string, string>
        {
            ["content-type"] = "application/x-www-form-urlencoded; charset=utf-8",
            ["host"] = "iam.amazonaws.com",
            ["x-amz-date"] = "20150830T123600Z",
        }, []);

        SignatureCheck.Compute(request, ["content-type", "host", "x-amz-date"], "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "iam")
            .ShouldBe("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    }

    [Fact]
    public async Task Only_what_is_signed_rightly_and_lately_is_answered()
    {
        (await CallAsync("DescribeInstances")).Code.ShouldBeNull();
        (await CallAsync("DescribeInstances", keys: Ec2Emulator.Keys with { Secret = "guessed" })).Code.ShouldBe("AuthFailure");
        (await CallAsync("DescribeInstances", keys: Ec2Emulator.Keys with { Id = "AKIAUNKNOWN" })).Code.ShouldBe("AuthFailure");
        (await CallAsync("DescribeInstances", change: body => body.Replace("Describe", "Terminate"))).Code.ShouldBe("AuthFailure");
        (await CallAsync("DescribeInstances", age: TimeSpan.FromMinutes(6))).Code.ShouldBe("RequestExpired");
        (await CallAsync("DescribeInstances", age: TimeSpan.FromMinutes(-6))).Code.ShouldBe("RequestExpired");
        using var unsigned = await http.PostAsync(ec2.Url, new FormUrlEncodedContent([new("Action", "DescribeInstances")]));
        (await unsigned.Content.ReadAsStringAsync()).ShouldContain("<Code>MissingAuthenticationToken</Code>");
    }

    [Fact]
    public async Task A_client_token_launches_once_and_only_for_the_same_request()
    {
        string[] launch = ["MinCount=1", "MaxCount=2", $"ImageId={Image}", "InstanceType=c7a.large", "ClientToken=once"];

        var first = await CallAsync("RunInstances", launch);
        var second = await CallAsync("RunInstances", launch);
        var other = await CallAsync("RunInstances", [.. launch, "KeyName=operator"]);

        second.Texts("instanceId").ShouldBe(first.Texts("instanceId"));
        other.Code.ShouldBe("IdempotentParameterMismatch");
        ec2.Instances.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Machines_are_found_a_little_late_page_by_page_and_by_filters()
    {
        for (var launch = 0; launch < 7; launch++)
            await CallAsync("RunInstances", "MinCount=1", "MaxCount=1", $"ImageId={Image}", "InstanceType=c7a.large",
                "TagSpecification.1.ResourceType=instance", "TagSpecification.1.Tag.1.Key=system", $"TagSpecification.1.Tag.1.Value={(launch == 3 ? "other" : "ours")}");
        string[] ours = ["Filter.1.Name=tag:system", "Filter.1.Value.1=our?", "Filter.2.Name=image-id", $"Filter.2.Value.1={Image}"];

        (await CallAsync("DescribeInstances", ours)).Texts("instanceId").ShouldBeEmpty();
        var first = await CallAsync("DescribeInstances", [.. ours, "MaxResults=5"]);
        var second = await CallAsync("DescribeInstances", [.. ours, "MaxResults=5", $"NextToken={first.Texts("nextToken").Single()}"]);

        first.Texts("instanceId").Concat(second.Texts("instanceId")).ShouldBe(
            ec2.Instances.Where((_, index) => index != 3).Select(instance => instance.Id));
        second.Texts("nextToken").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_to_be_had_is_refused_with_the_words_of_EC2()
    {
        room = 2;
        (await LaunchAsync(1, 5)).Texts("instanceId").Count.ShouldBe(2);
        room = 0;
        (await LaunchAsync(1, 5)).Code.ShouldBe("InsufficientInstanceCapacity");
        room = 100;
        (await LaunchAsync(9, 9)).Code.ShouldBe("VcpuLimitExceeded");
        (await LaunchAsync(1, 1, "Shoesize=45")).Code.ShouldBe("UnknownParameter");
        (await LaunchAsync(1, 1, "SecurityGroup.1=nobody")).Code.ShouldBe("InvalidGroup.NotFound");
        (await LaunchAsync(1, 1, "DryRun=true")).Code.ShouldBe("DryRunOperation");
        ec2.Faults.Fail("DescribeInstances", Ec2Error.TooManyRequests());
        (await CallAsync("DescribeInstances")).Code.ShouldBe("RequestLimitExceeded");
        (await CallAsync("DescribeInstances")).Code.ShouldBeNull();
        (await CallAsync("TerminateInstances", "InstanceId.1=i-00000000000000000")).Code.ShouldBe("InvalidInstanceID.NotFound");
    }

    [Fact]
    public async Task A_machine_learns_about_itself_only_with_a_token()
    {
        await LaunchAsync(1, 1, "IamInstanceProfile.Name=media-nommer-worker");
        var instance = ec2.Instances.Single();
        await Until.True("it runs", () => instance.State == InstanceState.Running);
        var place = $"{instance.Metadata!.Url}/latest/meta-data";

        (await http.GetAsync($"{place}/instance-id")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var ask = new HttpRequestMessage(HttpMethod.Put, $"{instance.Metadata.Url}/latest/api/token");
        ask.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", "60");
        http.DefaultRequestHeaders.Add("X-aws-ec2-metadata-token", await (await http.SendAsync(ask)).Content.ReadAsStringAsync());

        (await http.GetStringAsync($"{place}/instance-id")).ShouldBe(instance.Id);
        (await http.GetStringAsync($"{place}/iam/security-credentials/")).ShouldBe("media-nommer-worker");
        (await http.GetStringAsync($"{place}/iam/security-credentials/media-nommer-worker")).ShouldContain(instance.RoleKeys!.Id);
        (await http.GetAsync($"{place}/spot/instance-action")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private Task<Answer> LaunchAsync(int min, int max, params string[] more) =>
        CallAsync("RunInstances", [$"MinCount={min}", $"MaxCount={max}", $"ImageId={Image}", "InstanceType=c7a.large", .. more]);

    private Task<Answer> CallAsync(string action, params string[] parameters) => CallAsync(action, parameters, null);

    private async Task<Answer> CallAsync(
        string action, string[]? parameters = null, AccessKeys? keys = null, TimeSpan age = default, Func<string, string>? change = null)
    {
        keys ??= Ec2Emulator.Keys;
        var body = string.Join('&', ((string[])[$"Action={action}", "Version=2016-11-15", .. parameters ?? []])
            .Select(pair => pair.Split('=', 2)).Select(pair => $"{pair[0]}={Uri.EscapeDataString(pair[1])}"));
        var stamp = (DateTimeOffset.UtcNow - age).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string> { ["host"] = new Uri(ec2.Url).Authority, ["x-amz-date"] = stamp };
        string[] names = ["host", "x-amz-date"];
        var signature = SignatureCheck.Compute(
            new SignedRequest("POST", "/", "", headers, Encoding.UTF8.GetBytes(body)), names, keys.Secret, "us-east-1", "ec2");

        using var request = new HttpRequestMessage(HttpMethod.Post, ec2.Url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(change?.Invoke(body) ?? body)) };
        request.Headers.Add("X-Amz-Date", stamp);
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "AWS4-HMAC-SHA256", $"Credential={keys.Id}/{stamp[..8]}/us-east-1/ec2/aws4_request, SignedHeaders={string.Join(';', names)}, Signature={signature}");
        using var answer = await http.SendAsync(request);
        return new Answer(XElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    private sealed record Answer(XElement Xml)
    {
        public string? Code => Texts("Code").FirstOrDefault();

        public IReadOnlyList<string> Texts(string name) =>
            [.. Xml.Descendants().Where(element => element.Name.LocalName == name).Select(element => element.Value)];
    }
}
