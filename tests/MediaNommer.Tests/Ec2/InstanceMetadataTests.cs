using MediaNommer.Nommerd.Ec2;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ec2;

public sealed class InstanceMetadataTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private MetadataDouble service = null!;
    private InstanceMetadata metadata = null!;

    public async Task InitializeAsync()
    {
        service = await MetadataDouble.StartAsync();
        metadata = new InstanceMetadata(service.Url, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        metadata.Dispose();
        await service.DisposeAsync();
    }

    [Fact]
    public async Task A_machine_knows_itself()
    {
        (await metadata.IdentifyAsync(None)).ShouldBe(new Ec2Machine("i-0123456789abcdef0", "c7a.large", "eu-central-1b", IsSpot: false));

        service.Data["instance-life-cycle"] = "spot";
        (await metadata.IdentifyAsync(None))!.IsSpot.ShouldBeTrue();
        service.TokensGiven.ShouldBe(1);
    }

    [Fact]
    public async Task A_machine_without_the_service_is_none_of_EC2()
    {
        using var nothing = new InstanceMetadata("http://127.0.0.1:1", TimeProvider.System);
        (await nothing.IdentifyAsync(None)).ShouldBeNull();

        service.Trouble = 403;
        (await metadata.IdentifyAsync(None)).ShouldBeNull();
        service.Trouble = 404;
        (await metadata.IdentifyAsync(None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_token_that_has_run_out_is_renewed()
    {
        await metadata.IdentifyAsync(None);
        service.ForgetTokens();

        (await metadata.IsLeavingRecommendedAsync(None)).ShouldBeFalse();

        service.TokensGiven.ShouldBe(2);
    }

    [Fact]
    public async Task The_end_of_a_spot_instance_is_read()
    {
        (await metadata.ReadInterruptionAsync(None)).ShouldBeNull();
        service.Data["spot/instance-action"] = """{"action": "terminate", "time": "2026-09-18T08:22:00Z"}""";
        (await metadata.ReadInterruptionAsync(None)).ShouldBe(new DateTimeOffset(2026, 9, 18, 8, 22, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("""{"action": "stop"}""")]
    [InlineData("""{"action": "stop", "time": 7}""")]
    [InlineData("soon")]
    public async Task A_notice_without_a_time_means_two_minutes(string notice)
    {
        service.Data["spot/instance-action"] = notice;
        var left = (await metadata.ReadInterruptionAsync(None))!.Value - DateTimeOffset.UtcNow;
        left.TotalSeconds.ShouldBeInRange(110, 120);
    }

    [Fact]
    public async Task A_service_in_trouble_is_told_from_one_that_knows_nothing()
    {
        service.Trouble = 503;
        await Should.ThrowAsync<HttpRequestException>(() => metadata.ReadInterruptionAsync(None));
    }
}
