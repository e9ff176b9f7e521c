using System.CommandLine;
using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary><c>nommer wipe</c>: deletes all jobs, nodes and notifications.</summary>
internal static class WipeCommand
{
    public static Command Create()
    {
        var client = new ClientArguments();
        var yes = new Option<bool>("--yes") { Description = "Needed, since nothing can bring them back." };
        var command = new NommerCommand(
            "wipe", "Deletes all jobs, nodes and notifications, and empties the queues. Outputs stay.",
            "nommer wipe --yes");
        command.Options.Add(yes);
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!parsed.GetValue(yes))
                throw CliException.Usage("This deletes every job for ever; say that you mean it with: nommer wipe --yes");
            using var connection = client.Connect(parsed);
            await connection.WipeAsync(cancellation);
            if (client.WantsJson(parsed))
                Shared.WriteJson(new WipeResponse { Wiped = true }, WireJson.Default.WipeResponse);
            else
                Console.WriteLine("All jobs, nodes and notifications are gone.");
            return ExitCodes.Done;
        });
        return command;
    }
}
