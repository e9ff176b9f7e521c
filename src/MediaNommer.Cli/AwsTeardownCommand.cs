using System.CommandLine;
using MediaNommer.Backends.Aws;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary><c>nommer aws teardown</c>: deletes what <c>nommer aws setup</c> made.</summary>
internal static class AwsTeardownCommand
{
    public static Command Create()
    {
        var settings = new SettingsArguments();
        var yes = new Option<bool>("--yes") { Description = "Don't ask." };
        var force = new Option<bool>("--force") { Description = "Also with unfinished jobs, and while workers report." };
        var command = new NommerCommand(
            "teardown",
            "Deletes what 'nommer aws setup' and 'publish' made, with all jobs and their history. Refuses while machines run, "
            + "and without --force also while jobs are unfinished or workers report. Media are not touched.",
            "nommer aws teardown --yes");
        command.Options.Add(yes);
        command.Options.Add(force);
        settings.AddConfigTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            settings.Read(parsed), parsed.GetValue(yes), parsed.GetValue(force), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(NommerOptions settings, bool yes, bool force, CancellationToken cancellation)
    {
        if (!yes)
        {
            throw CliException.Usage(
                "This deletes the queues, the states of all jobs and the configuration bucket for ever; say that you mean it "
                + "with: nommer aws teardown --yes");
        }

        using var account = new AwsAccount(settings);
        if (await account.RunningMachinesAsync(cancellation) is { Count: > 0 } running)
        {
            throw CliException.Failed(
                $"Machines of this system run: {string.Join(", ", running)}. Stop feederd and wait until they have ended "
                + "themselves, or terminate them, and try again.");
        }

        if (!force && await account.WorkInProgressAsync(cancellation) is { Count: > 0 } work)
        {
            throw CliException.Failed(
                $"This system is in use: {string.Join("; ", work)}. Nothing was deleted. Stop feederd and the workers when their "
                + "jobs have ended, or give them up for ever with: nommer aws teardown --yes --force");
        }

        var ok = await AwsSteps.ShowAsync(
            account.TearDownAsync([.. AwsPublishCommand.Keys], cancellation), json: false, cancellation);
        return ok ? ExitCodes.Done : ExitCodes.Failed;
    }
}
