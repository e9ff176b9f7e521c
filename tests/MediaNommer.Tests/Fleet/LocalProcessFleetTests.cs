using System.Globalization;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Services;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Fleet;

public sealed class LocalProcessFleetTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nommer-fleet-");

    [Fact]
    public async Task A_worker_has_a_session_of_its_own_and_writes_its_own_log()
    {
        var fleet = Fleet("/bin/sh", "-c", "echo \"hello from $1\"; exec sleep 1000", "sh", "a b");

        var member = (await fleet.LaunchAsync(1, CancellationToken.None)).ShouldHaveSingleItem();

        var pid = PidOf(member);
        (await fleet.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().Id.ShouldBe(member.Id);
        member.Id.ShouldStartWith(Environment.MachineName);
        await Soon.BeAsync(() => SessionOf(pid) == pid, "it leads its own session");
        await Soon.BeAsync(() => Logs().Contains("hello from a b", StringComparison.Ordinal), "its output is in the log");
    }

    [Fact]
    public async Task The_next_feederd_finds_the_workers_again_and_can_end_them()
    {
        var launched = await Fleet("/bin/sleep", "1000").LaunchAsync(2, CancellationToken.None);

        var next = Fleet("/bin/sleep", "1000");
        var found = await next.ListAsync(CancellationToken.None);
        found.Select(member => member.Id).ShouldBe(launched.Select(member => member.Id), ignoreOrder: true);
        found.ShouldAllBe(member => launched.Any(one => one.LaunchedAt == member.LaunchedAt));
        await next.TerminateAsync([launched[0].Id, "unknown-1"], CancellationToken.None);

        await Soon.BeAsync(() => ListOf(next).Count == 1, "the one is gone");
        ListOf(next)[0].Id.ShouldBe(launched[1].Id);
        Directory.EnumerateFiles(Path.Combine(folder.FullName, "fleet"), "*.json").Count().ShouldBe(1);
    }

    [Fact]
    public async Task Another_process_with_the_same_id_is_not_taken_for_a_worker()
    {
        var fleet = Fleet("/bin/sleep", "1000");
        var member = (await fleet.LaunchAsync(1, CancellationToken.None)).Single();
        var record = Directory.EnumerateFiles(Path.Combine(folder.FullName, "fleet")).Single();
        var pid = PidOf(member).ToString(CultureInfo.InvariantCulture);
        var ours = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var text = await File.ReadAllTextAsync(record);
        var forged = Path.Combine(folder.FullName, "fleet", ours + ".json");
        await File.WriteAllTextAsync(forged, text.Replace($":{pid},", $":{ours},", StringComparison.Ordinal));

        (await fleet.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().Id.ShouldBe(member.Id);

        File.Exists(forged).ShouldBeFalse();
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_soon_no_member_and_the_log_says_why()
    {
        var fleet = Fleet("/no/such/program");

        await fleet.LaunchAsync(1, CancellationToken.None);

        await Soon.BeAsync(() => ListOf(fleet).Count == 0, "it is no member");
        await Soon.BeAsync(() => Logs().Contains("/no/such/program", StringComparison.Ordinal), "the log says why");
    }

    [Fact]
    public async Task A_worker_that_writes_much_fills_no_disk()
    {
        var fleet = Fleet("/bin/sh", "-c", "head -c 6000000 /dev/zero; echo begun; while read x </dev/null || sleep 0.1; do echo on; done");
        await fleet.LaunchAsync(1, CancellationToken.None);
        var folderOfLogs = new DirectoryInfo(Path.Combine(folder.FullName, "logs"));
        await Soon.BeAsync(() => Logs().Contains("begun", StringComparison.Ordinal), "the log is long");

        await fleet.ListAsync(CancellationToken.None);

        await Soon.BeAsync(() => Logs().Contains("on\n", StringComparison.Ordinal), "the worker writes on");
        folderOfLogs.GetFiles("worker-*.log").Single().Length.ShouldBeLessThan(100_000);
        folderOfLogs.GetFiles("worker-*.log.1").Single().Length.ShouldBeGreaterThan(6_000_000);
    }

    [Fact]
    public async Task Records_that_were_cut_off_are_passed_over()
    {
        var fleet = Fleet("/bin/sleep", "1000");
        var member = (await fleet.LaunchAsync(1, CancellationToken.None)).Single();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "fleet", "7.json"), "{\"Proc");

        (await fleet.ListAsync(CancellationToken.None)).ShouldHaveSingleItem().Id.ShouldBe(member.Id);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        var fleet = Fleet("/bin/true");
        await fleet.TerminateAsync([.. ListOf(fleet).Select(member => member.Id)], CancellationToken.None);
        await Soon.BeAsync(() => ListOf(fleet).Count == 0, "all workers are gone");
        folder.Delete(recursive: true);
    }

    private LocalProcessFleet Fleet(string program, params string[] arguments) => new(
        new LocalWorkerCommand(program, arguments), new NommerOptions { DataDir = folder.FullName }, TimeProvider.System);

    private static IReadOnlyList<FleetMember> ListOf(LocalProcessFleet fleet) =>
        fleet.ListAsync(CancellationToken.None).GetAwaiter().GetResult();

    private string Logs() => string.Concat(
        Directory.EnumerateFiles(Path.Combine(folder.FullName, "logs"), "worker-*.log").Select(File.ReadAllText));

    private static int PidOf(FleetMember member) => int.Parse(member.Id.Split('-')[^1], CultureInfo.InvariantCulture);

    private static int SessionOf(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3], CultureInfo.InvariantCulture);
    }
}
