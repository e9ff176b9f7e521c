using MediaNommer.Core.Fleet;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Services;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public sealed class FleetSpendTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-spend-");
    private readonly FakeClock clock = new();
    private readonly NommerOptions options;
    private FleetSpend spend;

    public FleetSpendTests()
    {
        options = new NommerOptions { DataDir = folder.FullName };
        options.Scaling.PricePerHour = 0.36; // 0.0001 dollars a second
        spend = NewSpend();
        var midnight = clock.GetUtcNow().UtcDateTime.Date.AddDays(1);
        clock.Advance(midnight - clock.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public void Counts_by_the_second_and_at_least_a_minute()
    {
        var machine = Launch("a");
        Look(machine);
        spend.Today.ShouldBe(0.006, 1e-9);
        spend.PerHour.ShouldBe(0.36);

        clock.Advance(TimeSpan.FromSeconds(100));
        Look(machine);
        spend.Today.ShouldBe(0.01, 1e-9);
    }

    [Fact]
    public void A_machine_that_is_gone_stays_counted_to_its_last_report()
    {
        var machine = Launch("a");
        Look(machine);
        clock.Advance(TimeSpan.FromSeconds(100));
        Look(machine);
        var node = new Node { Id = "a", LastReportAt = clock.GetUtcNow().AddSeconds(20) };
        for (var i = 0; i < 10; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(30));
            spend.Observe([], [node]);
        }

        spend.Today.ShouldBe(0.012, 1e-9);
        spend.PerHour.ShouldBe(0);
    }

    [Fact]
    public void A_machine_that_a_late_list_misses_once_is_not_counted_twice()
    {
        var machine = Launch("a");
        Look(machine);
        clock.Advance(TimeSpan.FromSeconds(50));
        Look();
        clock.Advance(TimeSpan.FromSeconds(50));
        Look(machine);
        spend.Today.ShouldBe(0.01, 1e-9);
    }

    [Fact]
    public void The_next_feederd_knows_what_was_spent()
    {
        var (gone, stays) = (Launch("a"), Launch("b"));
        Look(gone, stays);
        clock.Advance(TimeSpan.FromSeconds(200));
        Look(gone, stays);
        clock.Advance(TimeSpan.FromSeconds(100));

        spend = NewSpend();
        Look(stays);

        spend.Today.ShouldBe(0.02 + 0.03, 1e-9);
    }

    [Fact]
    public void At_midnight_it_begins_anew_and_machines_are_counted_from_there()
    {
        clock.Advance(TimeSpan.FromHours(23));
        var machine = Launch("a");
        Look(machine);
        clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(10));
        Look(machine);
        spend.Today.ShouldBe(0.001, 1e-9);
    }

    [Fact]
    public void Processes_of_this_machine_cost_nothing_and_leave_no_file()
    {
        Look(Launch("a") with { MachineType = null });
        (spend.Today, spend.PerHour).ShouldBe((0, 0));
        folder.GetFiles().ShouldBeEmpty();
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_passed_over()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "fleet-spend.json"), "{\"Day\":");
        Look(Launch("a"));
        spend.Today.ShouldBe(0.006, 1e-9);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private FleetSpend NewSpend() => new(options, clock, NullLogger<FleetSpend>.Instance);

    private FleetMember Launch(string id) => new(id, clock.GetUtcNow(), IsRunning: true) { MachineType = "c7a.large" };

    private void Look(params FleetMember[] members) => spend.Observe(members, []);
}
