using MediaNommer.Core.Fleet;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public class MachinePricesTests
{
    [Theory]
    [InlineData(null, 0, 0.0)] // a process of this machine
    [InlineData(null, 0.5, 0.0)]
    [InlineData("c7a.large", 0, 0.10264)]
    [InlineData("C7A.medium", 0, 0.05132)]
    [InlineData("c7a.xlarge", 0, 0.20528)]
    [InlineData("c7a.8xlarge", 0, 1.64224)]
    [InlineData("c7a.large", 0.04, 0.04)] // what is really paid
    [InlineData("x9.large", 0.04, 0.04)]
    [InlineData("x9.large", 0, null)]
    [InlineData("c7a.nano", 0, null)]
    [InlineData("c7a.metal-xlarge", 0, null)]
    [InlineData("c7a", 0, null)]
    [InlineData("", 0, null)]
    public void A_price_follows_from_the_setting_or_the_type(string? type, double setting, double? price)
    {
        var found = MachinePrices.PerHour(type, setting);
        if (price is { } expected)
            found.ShouldNotBeNull().ShouldBe(expected, 1e-9);
        else
            found.ShouldBeNull();
    }

    [Theory]
    [InlineData("c7a.large,c7a.4xlarge", 0, 0.82112)]
    [InlineData("c7a.4xlarge,c7a.large", 0, 0.82112)]
    [InlineData("c7a.large,x9.large", 0, null)]
    [InlineData("c7a.large,x9.large", 0.3, 0.3)]
    public void The_dearest_type_is_what_limits_go_by(string types, double setting, double? dearest)
    {
        var all = types.Split(',');
        MachinePrices.DearestPerHour(new FleetMachine(all[0], TimeSpan.Zero) { OtherTypes = all[1..] }, setting).ShouldBe(dearest);
    }
}
