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
        var command = new NommerCommand(
            "teardown",
            "Deletes what 'nommer aws setup' and 'publish' made, with all jobs and their history. Refuses while machines run. "
            + "Media are not touched.",
            "nommer aws teardown --yes");
        command.Options.Add(yes);
        settings.AddConfigTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(settings.Read(parsed), parsed.GetValue(yes), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(NommerOptions settings, bool yes, CancellationToken cancellation)
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

        var ok = await AwsSteps.ShowAsync(
            account.TearDownAsync([.. AwsPublishCommand.Keys], cancellation), json: false, cancellation);
        return ok ? ExitCodes.Done : ExitCodes.Failed;
    }
}
