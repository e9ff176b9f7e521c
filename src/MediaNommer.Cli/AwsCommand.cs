using System.CommandLine;

namespace MediaNommer.Cli;

/// <summary><c>nommer aws</c>: prepares an AWS account for media-nommer, looks after it, and clears it away.</summary>
internal static class AwsCommand
{
    public static Command Create()
    {
        var command = new NommerCommand(
            "aws", "Prepares an AWS account for media-nommer, checks it, and clears it away; docs/aws.md leads through it.",
            "nommer aws setup", "nommer aws doctor", "nommer aws publish", "nommer aws teardown --yes");
        command.Subcommands.Add(AwsSetupCommand.Create());
        command.Subcommands.Add(AwsDoctorCommand.Create());
        command.Subcommands.Add(AwsPublishCommand.Create());
        command.Subcommands.Add(AwsTeardownCommand.Create());
        return command;
    }
}
