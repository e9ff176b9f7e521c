using MediaNommer.Backends.Aws;
using MediaNommer.Backends.Aws.SimpleDb;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Backends.Tests.Aws.SimpleDbServer;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

public sealed class SimpleDbClientTests : IAsyncLifetime
{
    private const string Domain = "test.domain-1";

    private SimpleDbDouble server = null!;
    private SimpleDbClient client = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        server = await SimpleDbDouble.StartAsync(new SimpleDbDoubleOptions { PageItems = 2 });
        client = Client(server.Settings());
        await client.CreateDomainAsync(Domain, None);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData("us-east-1", "https://sdb.amazonaws.com/")]
    [InlineData("eu-west-1", "https://sdb.eu-west-1.amazonaws.com/")]
    public void Each_region_has_its_address(string region, string expected)
    {
        var options = new AwsOptions { Region = region, AccessKeyId = "id", SecretAccessKey = "secret" };

        using var found = Client(options);

        found.Endpoint.AbsoluteUri.ShouldBe(expected);
    }

    [Fact]
    public void A_region_without_SimpleDB_is_named_with_those_that_have_it() =>
        Should.Throw<AwsException>(() => Client(new AwsOptions { Region = "eu-central-1" })).Message
            .ShouldContain("no SimpleDB in region eu-central-1, only in us-east-1, ");

    [Fact]
    public async Task Domains_are_made_once_and_deleted_once()
    {
        (await client.HasDomainAsync("bbb", None)).ShouldBeFalse();
        await client.CreateDomainAsync("bbb", None);
        await client.CreateDomainAsync("bbb", None);
        (await client.HasDomainAsync("bbb", None)).ShouldBeTrue();

        await client.DeleteDomainAsync("bbb", None);
        await client.DeleteDomainAsync("bbb", None);
        (await client.HasDomainAsync("bbb", None)).ShouldBeFalse();
    }

    [Fact]
    public async Task Any_text_comes_back_as_it_was_written()
    {
        string[] texts = [" ", "a\0b", "tab\t\r\nline", "<&>\"'`", "日本 🎬", "a+b%20c=d&e", new('x', 1024), "\ufffe"];

        await client.PutAsync(Domain, "it's", [.. texts.Index().Select(one => new SdbAttribute($"ä{one.Index}", one.Item))], null, None);

        var item = await client.GetAsync(Domain, "it's", None);
        texts.Index().Select(one => item![$"ä{one.Index}"]).ShouldBe(texts);
        var found = await client.SelectAsync($"select * from {SdbName.QuotedDomain(Domain)} where itemName() = {SdbName.Quoted("it's")}", null, None);
        texts.Index().Select(one => found.Items.Single()[$"ä{one.Index}"]).ShouldBe(texts);
    }

    [Fact]
    public async Task Conditions_are_kept()
    {
        var isMissing = new SdbCondition("v", null);
        var isOne = new SdbCondition("v", "1");

        (await PutAsync("1", isOne)).ShouldBe(SdbOutcome.Refused);
        (await PutAsync("1", isMissing)).ShouldBe(SdbOutcome.Done);
        (await PutAsync("2", isMissing)).ShouldBe(SdbOutcome.Refused);
        (await PutAsync("2", isOne)).ShouldBe(SdbOutcome.Done);
        (await PutAsync("3", isOne)).ShouldBe(SdbOutcome.Refused);
        (await client.DeleteAsync(Domain, "item", [], isOne, None)).ShouldBe(SdbOutcome.Refused);

        (await client.GetAsync(Domain, "item", None))!["v"].ShouldBe("2");
        (await client.DeleteAsync(Domain, "item", [], new SdbCondition("v", "2"), None)).ShouldBe(SdbOutcome.Done);
        (await client.GetAsync(Domain, "item", None)).ShouldBeNull();

        Task<SdbOutcome> PutAsync(string value, SdbCondition condition) =>
            client.PutAsync(Domain, "item", [new SdbAttribute("v", value)], condition, None);
    }

    [Fact]
    public async Task Batches_write_and_delete_whole_items()
    {
        var items = Enumerable.Range(0, 25).Select(i => ($"item-{i}", (IReadOnlyList<SdbAttribute>)[new("n", $"{i:d2}"), new("m", "x")]));
        await client.BatchPutAsync(Domain, [.. items], None);

        (await CountAsync()).ShouldBe(25);
        await client.DeleteAsync(Domain, "item-3", ["m"], null, None);
        (await client.GetAsync(Domain, "item-3", None))!.Values.Keys.ShouldBe(["n"]);
        await client.BatchDeleteAsync(Domain, [.. Enumerable.Range(0, 24).Select(i => $"item-{i}")], None);

        (await client.GetAsync(Domain, "item-24", None)).ShouldNotBeNull();
        (await CountAsync()).ShouldBe(1);

        Task<int> CountAsync() => new SdbDomain(client, Domain).CountAsync("where n is not null", None);
    }

    [Fact]
    public async Task A_read_that_does_not_ask_for_consistency_would_be_out_of_date()
    {
        await client.PutAsync(Domain, "item", [new SdbAttribute("v", "1")], null, None);

        (await client.GetAsync(Domain, "item", None)).ShouldNotBeNull();
        server.Data.Read(Domain, isConsistent: false).ShouldBeEmpty();
    }

    [Fact]
    public async Task Errors_say_what_to_do()
    {
        var missing = await Should.ThrowAsync<AwsException>(() => client.GetAsync("nowhere", "item", None));
        missing.Code.ShouldBe("NoSuchDomain");
        missing.Message.ShouldContain("Aws:SimpleDb");

        var large = Enumerable.Range(0, 257).Select(i => new SdbAttribute($"a{i}", "x")).ToList();
        (await Should.ThrowAsync<RecordTooLargeException>(() => client.PutAsync(Domain, "item", large, null, None)))
            .Message.ShouldContain("Aws:StateStore to DynamoDb");

        using var stranger = Client(With(server.Settings(), settings => settings.AccessKeyId = "AKIASTRANGER"));
        (await Should.ThrowAsync<AwsException>(() => stranger.HasDomainAsync(Domain, None))).Code.ShouldBe("InvalidClientTokenId");
        using var forger = Client(With(server.Settings(), settings => settings.SecretAccessKey = "guessed"));
        (await Should.ThrowAsync<AwsException>(() => forger.HasDomainAsync(Domain, None))).Code.ShouldBe("SignatureDoesNotMatch");
    }

    [Fact]
    public async Task A_session_token_opens_the_door()
    {
        await using var guarded = await SimpleDbDouble.StartAsync(
            new SimpleDbDoubleOptions { Keys = new SdbKeys(Token: "to/ken+=") });
        using var allowed = Client(guarded.Settings());
        using var refused = Client(With(guarded.Settings(), settings => settings.SessionToken = ""));

        (await allowed.HasDomainAsync(Domain, None)).ShouldBeFalse();
        (await Should.ThrowAsync<AwsException>(() => refused.HasDomainAsync(Domain, None))).Code.ShouldBe("InvalidClientTokenId");
    }

    [Fact]
    public async Task A_server_that_is_overloaded_now_and_then_is_asked_again()
    {
        var left = 2;
        server.Before = _ =>
        {
            if (left-- > 0)
                throw new SdbFault("ServiceUnavailable", 503, "Please try again later.");
        };

        (await client.HasDomainAsync(Domain, None)).ShouldBeTrue();
    }

    private static SimpleDbClient Client(AwsOptions settings) =>
        AwsRegistration.NewSimpleDbClient(settings, new AwsAccess(settings), TimeProvider.System);

    private static AwsOptions With(AwsOptions settings, Action<AwsOptions> change)
    {
        change(settings);
        return settings;
    }
}
