using MediaNommer.Backends;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public class FleetChoiceTests
{
    [Theory]
    [InlineData("Sqlite", true, false, "none")]
    [InlineData("Sqlite", true, true, "local")]
    [InlineData("Aws", true, false, "ec2")]
    [InlineData("Aws", false, false, "ec2")] // what runs is still shown, counted, and ended when it hangs
    [InlineData("Aws", true, true, "local")]
    public async Task Feederd_launches_where_its_backend_and_its_settings_say(string backend, bool mayLaunch, bool isUp, string fleet)
    {
        var options = new NommerOptions { Backend = backend };
        options.Feederd.AllowEc2Launches = mayLaunch;
        options.Aws.Region = "us-east-1";
        var services = new ServiceCollection();
        if (isUp)
            services.AddSingleton(new LocalWorkerCommand("/bin/true", []));
        services.AddBackends(options);
        services.AddFeederd(options);
        await using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IFleet>().Name.ShouldBe(fleet);
    }
}
