using System.CommandLine;
using System.Globalization;
using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary><c>nommer nodes</c>: the workers.</summary>
internal static class NodesCommand
{
    public static Command Create()
    {
        var client = new ClientArguments();
        var command = new NommerCommand(
            "nodes", "Lists the workers and what they run, and what the scaler last decided.",
            "nommer nodes", "nommer nodes --json");
        client.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = client.Connect(parsed);
            var nodes = await connection.ListNodesAsync(cancellation);
            if (client.WantsJson(parsed))
            {
                Shared.WriteJson(nodes, WireJson.Default.NodeListResponse);
                return ExitCodes.Done;
            }

            Print(nodes.Nodes, await connection.GetFleetAsync(cancellation));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Print(IReadOnlyList<NodeResponse> nodes, FleetResponse fleet)
    {
        foreach (var node in nodes)
        {
            var state = node.Responding ? node.State : "SILENT";
            Console.WriteLine(
                $"{node.Id}  {state,-10} {node.Running.Count}/{node.Slots} running, "
                + $"{HumanText.Size(node.DiskFreeBytes)} free, last report {HumanText.Age(node.LastReportAt)} ago"
                + Machine(node.MachineType, node.Zone, node.IsSpot)
                + (node.Reason is { } reason ? $" ({reason})" : ""));
            foreach (var step in node.Running)
                Console.WriteLine($"    {step.JobId} {HumanText.Percent(step.Progress)}");
        }

        foreach (var member in fleet.Members.Where(member => member.NodeId is null || member.Reason is not null))
        {
            Console.WriteLine(
                $"{member.Id}  {member.State,-10} launched {HumanText.Age(member.LaunchedAt)} ago"
                + Machine(member.MachineType, member.Zone, member.IsSpot)
                + (member.Reason is { } reason ? $" ({reason})" : ""));
        }

        if (nodes.Count == 0)
            Console.WriteLine("No worker has reported itself.");
        if (fleet.Problem is { } problem)
            Console.WriteLine($"fleet: {problem}");
        if (fleet.LastDecision is { } decision)
            Console.WriteLine($"scaler ({fleet.Policy}): {decision.Reason} ({HumanText.Age(decision.At)} ago)");
        if (fleet.SpendPerHour > 0 || fleet.SpentToday > 0)
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"money: ${fleet.SpendPerHour:0.###} an hour now, ${fleet.SpentToday:0.00} since midnight UTC"));
    }

    private static string Machine(string? type, string? zone, bool isSpot) =>
        type is null ? "" : $", {(isSpot ? "spot " : "")}{type}{(zone is null ? "" : $" in {zone}")}";
}
