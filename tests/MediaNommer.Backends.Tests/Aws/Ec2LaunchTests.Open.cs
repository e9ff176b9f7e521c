using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Core.Fleet;
using MediaNommer.Tests;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

/// <content>Launches of which nobody knows whether they were made.</content>
public sealed partial class Ec2LaunchTests
{
    [Fact]
    public async Task A_feederd_that_dies_between_launch_and_answer_launches_nothing_twice()
    {
        ec2.LosesAnswer = call => call["Action"] == "RunInstances";
        await DieAsync(launching: 2, () => ec2.Machines.Count == 2);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(JournalPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        (ec2.LosesAnswer, ec2.IsListing) = (_ => false, false);
        var next = NewFleet();
        (await next.ListAsync(None)).ShouldBeEmpty("who only looks launches nothing");
        var members = await next.LaunchAsync(2, None);

        members.Select(member => member.Id).ShouldBe(ec2.Machines.Keys, ignoreOrder: true);
        (await next.ListAsync(None)).Count.ShouldBe(2);
        ec2.Machines.Count.ShouldBe(2);
        ec2.CallsOf("RunInstances").Select(call => call["ClientToken"]).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_launch_whose_answer_got_lost_is_settled_before_the_next()
    {
        ec2.LosesAnswer = call => call["Action"] == "RunInstances";
        var fleet = NewFleet();
        (await GiveUpAsync(fleet, 1)).Message.ShouldContain("EC2 cannot be reached");

        (ec2.LosesAnswer, ec2.IsListing) = (_ => false, false);

        (await fleet.LaunchAsync(1, None)).ShouldHaveSingleItem().Id.ShouldBe(ec2.Machines.Keys.Single());
        (await fleet.LaunchAsync(1, None)).ShouldHaveSingleItem();
        ec2.Machines.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_unanswered_try_keeps_a_launch_open_whatever_the_later_tries_say()
    {
        await LoseThenAsync("RequestLimitExceeded", 1);
        var fleet = NewFleet();
        ec2.IsListing = false;

        foreach (var code in (string[])["RequestLimitExceeded", "AuthFailure", "ExpiredToken"])
        {
            ec2.Refuse = call => call["Action"] == "RunInstances" ? (code == "RequestLimitExceeded" ? 503 : 403, code, "No.") : null;
            await GiveUpAsync(fleet, 1);
        }

        ec2.Refuse = _ => null;
        (await fleet.LaunchAsync(1, None)).ShouldHaveSingleItem().Id.ShouldBe(ec2.Machines.Keys.Single());
        ec2.CallsOf("RunInstances").Select(call => call["ClientToken"]).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task While_a_launch_is_open_no_other_type_is_tried()
    {
        options.Aws.Ec2.InstanceType = ["c7a.large", "c6a.large"];
        await LoseThenAsync("InsufficientInstanceCapacity", 1);

        ec2.CallsOf("RunInstances").Select(call => call["InstanceType"]).Distinct().ShouldBe(["c7a.large"]);
    }

    [Fact]
    public async Task A_repeat_for_which_there_is_no_machine_shows_that_the_first_call_launched_none()
    {
        options.Aws.Ec2.InstanceType = ["c7a.large", "c6a.large"];
        ec2.Refuse = call => call["Action"] == "RunInstances" ? (500, "InternalError", "An error.") : null;
        var fleet = NewFleet();
        await GiveUpAsync(fleet, 1);

        ec2.Refuse = call => call["Action"] == "RunInstances" && call["InstanceType"] == "c7a.large"
            ? (500, "InsufficientInstanceCapacity", "None left.") : null;

        (await fleet.LaunchAsync(1, None)).ShouldHaveSingleItem().MachineType.ShouldBe("c6a.large");
    }

    [Fact]
    public async Task An_open_launch_of_more_than_is_wanted_now_is_not_repeated_and_nothing_else_is_launched_until_it_is_clear()
    {
        // The answer is no; nobody heard it.
        ec2.LosesAnswer = call => call["Action"] == "RunInstances";
        ec2.Refuse = call => call["Action"] == "RunInstances" ? (503, "Unavailable", "Later.") : null;
        await DieAsync(launching: 5, () => ec2.CallsOf("RunInstances").Any());
        (ec2.LosesAnswer, ec2.Refuse) = (_ => false, _ => null);
        var calls = ec2.CallsOf("RunInstances").Count();
        var fleet = NewFleet();

        (await Should.ThrowAsync<FleetException>(() => fleet.LaunchAsync(2, None))).Message
            .ShouldContain("EC2 never answered a call for 5 machines");
        (await fleet.ListAsync(None)).ShouldBeEmpty();
        ec2.CallsOf("RunInstances").Count().ShouldBe(calls);

        clock.Advance(TimeSpan.FromMinutes(11));
        (await fleet.LaunchAsync(2, None)).Count.ShouldBe(2);
        ec2.Machines.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_open_launch_is_settled_by_its_machines_in_the_list()
    {
        await LoseThenAsync("RequestLimitExceeded", 1);
        var fleet = NewFleet();
        clock.Advance(TimeSpan.FromMinutes(2));

        (await fleet.ListAsync(None)).ShouldHaveSingleItem();

        File.ReadAllText(JournalPath).ShouldBe("[]");
    }

    [Fact]
    public async Task A_launch_that_was_never_answered_long_ago_is_left_to_the_list()
    {
        ec2.LosesAnswer = call => call["Action"] == "RunInstances";
        await DieAsync(launching: 1, () => ec2.Machines.Count == 1);
        var calls = ec2.CallsOf("RunInstances").Count();

        clock.Advance(TimeSpan.FromMinutes(11));
        (await NewFleet().ListAsync(None)).ShouldHaveSingleItem();

        ec2.CallsOf("RunInstances").Count().ShouldBe(calls);
        File.ReadAllText(JournalPath).ShouldBe("[]");
    }

    /// <summary>A launch that EC2 refuses or does not answer until no more tries are left.</summary>
    private async Task<FleetException> GiveUpAsync(Ec2Fleet fleet, int count)
    {
        var launch = fleet.LaunchAsync(count, None);
        await Soon.BeAsync(() => launch.IsCompleted, "it gives up", () => clock.Advance(TimeSpan.FromSeconds(1)));
        return await Should.ThrowAsync<FleetException>(() => launch);
    }

    /// <summary>The end of a feederd in the middle of a launch.</summary>
    private async Task DieAsync(int launching, Func<bool> reached)
    {
        using var stop = new CancellationTokenSource();
        var dying = NewFleet().LaunchAsync(launching, stop.Token);
        await Soon.BeAsync(reached, "EC2 was asked");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => dying);
    }

    /// <summary>A launch of which EC2 does the first try without an answer, and refuses the others.</summary>
    private async Task LoseThenAsync(string code, int count)
    {
        var tries = 0;
        ec2.Refuse = call => call["Action"] == "RunInstances" && ++tries > 1 ? (503, code, "Not now.") : null;
        ec2.LosesAnswer = call => call["Action"] == "RunInstances" && tries == 1;
        await GiveUpAsync(NewFleet(), count);
        (ec2.LosesAnswer, ec2.Refuse) = (_ => false, _ => null);
        ec2.Machines.Count.ShouldBe(count);
    }
}
