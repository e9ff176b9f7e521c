using MediaNommer.Client.Wire;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Nodes;
using MediaNommer.Core.Settings;
using MediaNommer.Feederd.Services;

using MediaNommer.Feederd.Api.Describing;

namespace MediaNommer.Feederd.Api;

/// <summary>Shows workers, the fleet, and why it has the size it has.</summary>
internal sealed class FleetEndpoints(
    IJobStore store, IFleet fleet, FleetScaler scaler, FleetSpend spend, OrphanReaper orphans, FleetTarget target,
    Stillness stillness,
    NommerOptions options, TimeProvider clock)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/nodes", ListNodesAsync).Describe(FleetDocs.Nodes);
        routes.MapGet("/v1/fleet", ShowFleetAsync).Describe(FleetDocs.Fleet);
    }

    private async Task ListNodesAsync(HttpContext context)
    {
        var nodes = await store.ListNodesAsync(context.RequestAborted);
        var answer = new NodeListResponse { Nodes = [.. nodes.OrderBy(node => node.StartedAt).Select(ViewOf)] };
        await Answer.OkAsync(context, answer, WireJson.Readable.NodeListResponse);
    }

    private async Task ShowFleetAsync(HttpContext context)
    {
        var (members, problem) = await ListMembersAsync(context.RequestAborted);
        var nodes = await store.ListNodesAsync(context.RequestAborted);
        var workload = await stillness.CountAsync(store, context.RequestAborted);
        var answer = new FleetResponse
        {
            Name = fleet.Name,
            PinnedWorkers = target.Workers,
            Policy = options.Scaling.Policy,
            MaxWorkers = options.Scaling.MaxNumEc2Instances,
            WarmWorkers = options.Scaling.WarmInstances,
            PricePerHour = MachinePrices.PerHour(fleet.Machine.Type, options.Scaling.PricePerHour),
            SpendPerHour = Math.Round(spend.PerHour, 4),
            SpentToday = Math.Round(spend.Today, 4),
            MaxSpendPerHour = options.Scaling.MaxSpendPerHour,
            MaxSpendPerDay = options.Scaling.MaxSpendPerDay,
            JobsPerWorker = options.Scaling.MaxEncodingJobsPerEc2Instance,
            Members = [.. members.Select(member => ViewOf(member, nodes))],
            Problem = problem,
            Workload = JobStates.All.Where(state => !state.IsFinished())
                .ToDictionary(state => state.ToWire(), state => workload.GetValueOrDefault(state)),
            LastDecision = scaler.LastDecision,
        };
        await Answer.OkAsync(context, answer, WireJson.Readable.FleetResponse);
    }

    private async Task<(IReadOnlyList<FleetMember> Members, string? Problem)> ListMembersAsync(CancellationToken cancellation)
    {
        try
        {
            return (await fleet.ListAsync(cancellation), null);
        }
        catch (FleetException e)
        {
            return ([], e.Message);
        }
    }

    private FleetMemberResponse ViewOf(FleetMember member, IReadOnlyList<Node> nodes)
    {
        var node = nodes.FirstOrDefault(node => FleetHeadcount.IsSame(member, node));
        var complaint = orphans.ComplaintAbout(member.Id);
        return new()
        {
            Id = member.Id,
            State = complaint is not null ? "ORPHAN" : node is not null ? "RUNNING" : "STARTING",
            Reason = complaint,
            MachineType = member.MachineType,
            Zone = member.Zone,
            IsSpot = member.IsSpot,
            LaunchedAt = member.LaunchedAt,
            NodeId = node?.Id,
        };
    }

    private NodeResponse ViewOf(Node node) => new()
    {
        Id = node.Id,
        State = node.State.ToString().ToUpperInvariant(),
        Reason = node.Reason,
        Responding = FleetHeadcount.IsResponding(node, clock.GetUtcNow(), options.Nommerd.LeaseSeconds),
        Host = node.Host,
        ProcessId = node.ProcessId,
        IsLocal = node.IsLocal,
        MachineType = node.MachineType,
        Zone = node.Zone,
        IsSpot = node.IsSpot,
        SoftwareVersion = node.SoftwareVersion,
        Nommers = node.Nommers,
        Slots = node.Slots,
        Running = [.. node.Running.Select(step => new RunningStepResponse
        {
            JobId = step.JobId, Step = step.Step, Progress = step.Progress,
        })],
        LoadAverage = node.LoadAverage,
        DiskFreeBytes = node.DiskFreeBytes,
        StartedAt = node.StartedAt,
        LastReportAt = node.LastReportAt,
        LastActivityAt = node.LastActivityAt,
    };
}
