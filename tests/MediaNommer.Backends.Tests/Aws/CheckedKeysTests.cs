using System.Xml.Linq;
using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>Every client against a moto of our own that checks signatures: a round with the right keys, one with wrong ones.</summary>
public sealed class CheckedKeysTests(CheckedKeysTests.StrictMoto moto) : IClassFixture<CheckedKeysTests.StrictMoto>
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task SQS_takes_the_right_keys_and_names_the_settings_of_wrong_ones()
    {
        using (var queue = AwsRegistration.NewQueue(moto.Options(), new AwsAccess(moto.Options().Aws), TimeProvider.System))
        {
            await queue.InitializeAsync(["jobs"], None);
            await queue.SendAsync("jobs", ["a + b & ü"], TimeSpan.Zero, None);
            var message = (await queue.ReceiveAsync(["jobs"], 1, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5), None)).ShouldHaveSingleItem();
            message.Body.ShouldBe("a + b & ü");
            await queue.DeleteAsync([message], None);
        }

        var wrong = moto.Options("wrong");
        using var refused = AwsRegistration.NewQueue(wrong, new AwsAccess(wrong.Aws), TimeProvider.System);
        await ShouldNameSettingsAsync(() => refused.InitializeAsync(["jobs"], None));
    }

    [Fact]
    public async Task DynamoDB_takes_the_right_keys_and_names_the_settings_of_wrong_ones()
    {
        using (var store = DynamoStores.Connect(moto.Options()))
        {
            await store.InitializeAsync(None);
            var job = SampleJobs.Make(1);
            await store.CreateAsync(job.Accepted(), "key + ü", None);
            (await store.TryUpdateAsync(job.Next(JobState.Finished), 1, None)).ShouldBeTrue();
            (await store.ListAsync(new JobQuery(), None)).Jobs.ShouldHaveSingleItem();
        }

        using var refused = DynamoStores.Connect(moto.Options("wrong"));
        await ShouldNameSettingsAsync(() => refused.InitializeAsync(None));
    }

    [Fact]
    public async Task EC2_takes_the_right_keys_and_names_the_settings_of_wrong_ones()
    {
        var access = new AwsAccess(moto.Options().Aws);
        using (var ec2 = Ec2Registration.NewClient(moto.Options(), access, TimeProvider.System))
        {
            var made = await ec2.CallAsync(
                Ec2Client.Form("CreateSecurityGroup", []).With("GroupName", "a group").With("GroupDescription", "a+b & c: d*e~f"), None);
            var launched = await ec2.RunInstancesAsync(
                new Dictionary<string, string>
                {
                    ["ImageId"] = "ami-12c6146b", ["MinCount"] = "1", ["MaxCount"] = "1", ["SecurityGroupId.1"] = made.Child("groupId")!,
                    ["TagSpecification.1.ResourceType"] = "instance", ["TagSpecification.1.Tag.1.Key"] = "Name",
                    ["TagSpecification.1.Tag.1.Value"] = "media-nommer worker",
                },
                None);
            var ids = launched.Select(instance => instance.Id).ToArray();
            (await ec2.DescribeInstancesAsync([new("tag:Name", "media-nommer worker")], None)).Select(one => one.Id).ShouldBe(ids);
            await ec2.TerminateInstancesAsync(ids, None);
        }

        var wrong = moto.Options("wrong");
        using var refused = Ec2Registration.NewClient(wrong, new AwsAccess(wrong.Aws), TimeProvider.System);
        await ShouldNameSettingsAsync(() => refused.DescribeInstancesAsync([], None));
    }

    [Fact]
    public async Task The_configuration_bucket_takes_the_right_keys_and_names_the_settings_of_wrong_ones()
    {
        using (var bucket = new ConfigBucket(moto.Options().Aws))
        {
            (await bucket.CreateAsync(None)).ShouldBeTrue();
            await bucket.ProbeAsync(_ => { }, None);
        }

        using var refused = new ConfigBucket(moto.Options("wrong").Aws);
        await ShouldNameSettingsAsync(() => refused.ExistsAsync(None));
    }

    private static async Task ShouldNameSettingsAsync(Func<Task> act)
    {
        var error = await Should.ThrowAsync<BackendUnavailableException>(act);
        error.Message.ShouldContain("Check Aws:AccessKeyId, Aws:SecretAccessKey and Aws:SessionToken");
        error.Message.ShouldNotContain("wrong");
    }

    /// <summary>Its first three requests need no keys; they make a user who may do everything, and the user's keys.</summary>
    public sealed class StrictMoto : IAsyncLifetime
    {
        private IDisposable server = null!;
        private string address = "";
        private string id = "";
        private string secret = "";

        public async Task InitializeAsync()
        {
            (address, server) = await MotoServer.StartAsync(3);
            await AskAsync("CreateUser");
            await AskAsync(
                "PutUserPolicy", ("PolicyName", "all"),
                ("PolicyDocument", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"""));
            var keys = (await AskAsync("CreateAccessKey")).Descendants().Single(element => element.Name.LocalName == "AccessKey");
            (id, secret) = (keys.Child("AccessKeyId")!, keys.Child("SecretAccessKey")!);
        }

        public Task DisposeAsync()
        {
            server.Dispose();
            return Task.CompletedTask;
        }

        internal NommerOptions Options(string? wrongSecret = null) => new()
        {
            Backend = "Aws",
            Aws = new() { AccessKeyId = id, SecretAccessKey = wrongSecret ?? secret, Region = "us-east-1", EndpointUrl = address },
        };

        private async Task<XElement> AskAsync(string action, params (string Name, string Value)[] parameters)
        {
            using var client = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Content = new FormUrlEncodedContent(
                    parameters.Append(("Action", action)).Append(("Version", "2010-05-08")).Append(("UserName", "nommer"))
                        .Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))),
            };
            // Tells moto which service is asked.
            request.Headers.TryAddWithoutValidation(
                "Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x");
            using var answer = await client.SendAsync(request);
            answer.IsSuccessStatusCode.ShouldBeTrue();
            return XElement.Parse(await answer.Content.ReadAsStringAsync());
        }
    }
}
