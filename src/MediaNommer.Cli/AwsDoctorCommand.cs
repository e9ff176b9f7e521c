using System.CommandLine;
using MediaNommer.Backends.Aws;

namespace MediaNommer.Cli;

/// <summary><c>nommer aws doctor</c>: tries every permission and names the missing one.</summary>
internal static class AwsDoctorCommand
{
    public static Command Create()
    {
        var settings = new SettingsArguments();
        var buckets = AwsSteps.MediaBuckets();
        var json = Shared.Json();
        var command = new NommerCommand(
            "doctor",
            "Tries every permission that the keys at hand need by using it, and names the one that is missing. Leaves "
            + "nothing behind.",
            "nommer aws doctor", "nommer aws doctor example-com-movies --json");
        command.Arguments.Add(buckets);
        command.Options.Add(json);
        settings.AddConfigTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var account = new AwsAccount(settings.Read(parsed));
            var ok = await AwsSteps.ShowAsync(
                account.ExamineAsync(parsed.GetValue(buckets)!, cancellation), parsed.GetValue(json), cancellation);
            return ok ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
