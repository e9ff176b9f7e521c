namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>The machines of the emulated account, and how they come and go.</summary>
internal sealed class Cloud(Landscape land, CloudSettings settings, TimeProvider clock) : IAsyncDisposable
{
    private readonly List<Instance> instances = [];
    private readonly Dictionary<(string Token, string Place), (string Fingerprint, string Reservation)> tokens = [];
    private readonly List<Task> lives = [];

    /// <summary>Guards everything below it: calls come side by side.</summary>
    public Lock Gate { get; } = new();

    public Landscape Land => land;

    /// <summary>Every machine there ever was, oldest first.</summary>
    public IReadOnlyList<Instance> Instances
    {
        get
        {
            lock (Gate)
                return [.. instances];
        }
    }

    /// <summary>The most machines that were alive at the same time.</summary>
    public int MostAlive { get; private set; }

    /// <summary>Launches machines, or finds those that the same request has launched before.</summary>
    /// <returns>Those of one reservation.</returns>
    public IReadOnlyList<Instance> Launch(LaunchRequest request, string fingerprint)
    {
        var image = land.FindImage(request.ImageId);
        var type = land.FindType(request.InstanceType);
        var subnet = request.SubnetId is { } id ? land.FindSubnet(id)
            : request.Zone is { } zone ? land.FindSubnetOf(zone) : land.Subnets[0];
        // A token holds for a zone when the request names one, else for the region.
        var place = request.SubnetId ?? request.Zone ?? "";
        lock (Gate)
        {
            if (request.ClientToken is { } token && tokens.TryGetValue((token, place), out var earlier))
                return Again(earlier.Fingerprint == fingerprint, Of(earlier.Reservation));
            CheckReferences(request, image, type);
            var reservation = Instance.NewId("r");
            var count = CountFor(request, type);
            for (var index = 0; index < count; index++)
                instances.Add(New(request, image, reservation, index, subnet));
            if (request.ClientToken is not null)
                tokens[(request.ClientToken, place)] = (fingerprint, reservation);
            MostAlive = Math.Max(MostAlive, instances.Count(instance => instance.IsAlive));
            lives.AddRange(Of(reservation).Select(LiveAsync));
            return Of(reservation);
        }
    }

    /// <summary>Ends a machine in good order, as TerminateInstances does; again: nothing happens.</summary>
    public void Terminate(Instance instance, string code, string message) =>
        Leave(instance, InstanceState.ShuttingDown, InstanceState.Terminated, (code, message), settings.ShutdownGrace);

    /// <summary>Switches a machine off without warning, as when its power fails.</summary>
    public void PullThePlug(Instance instance) => Leave(
        instance, InstanceState.ShuttingDown, InstanceState.Terminated,
        ("Server.InternalError", "Server.InternalError: Internal error on launch"), TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in Instances)
            PullThePlug(instance);
        await Task.WhenAll(lives);
    }

    /// <summary>The owner of keys, or null.</summary>
    public AccessKeys? FindRole(string accessKeyId) =>
        Instances.Select(instance => instance.RoleKeys).FirstOrDefault(keys => keys?.Id == accessKeyId);

    private static List<Instance> Again(bool isTheSame, List<Instance> launched) =>
        !isTheSame ? throw new Ec2Error(
            "IdempotentParameterMismatch",
            "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
        : launched.TrueForAll(instance => instance.State == InstanceState.Terminated) ? throw new Ec2Error(
            "IdempotentInstanceTerminated",
            "The request to launch an instance uses the same client token as a previous request for which the instance has been terminated.")
        : launched;

    private List<Instance> Of(string reservation) => instances.FindAll(instance => instance.ReservationId == reservation);

    private void CheckReferences(LaunchRequest request, Image image, MachineType type)
    {
        if (image.Architecture != type.Architecture)
            throw new Ec2Error("InvalidParameterValue",
                $"The architecture '{type.Architecture}' of the specified instance type does not match the architecture "
                + $"'{image.Architecture}' of the specified AMI.");
        if (request.KeyName is { } key && !land.KeyNames.Contains(key))
            throw new Ec2Error("InvalidKeyPair.NotFound", $"The key pair '{key}' does not exist");
        if (request.InstanceProfile is { } profile && !land.Profiles.Contains(profile))
            throw new Ec2Error("InvalidParameterValue", $"Value ({profile}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name");
    }

    private int CountFor(LaunchRequest request, MachineType type)
    {
        var used = instances.Where(instance => instance.IsAlive).Sum(instance => land.FindType(instance.Request.InstanceType).Vcpus);
        if (used + (request.MinCount * type.Vcpus) > settings.VcpuLimit)
            throw Ec2Error.TooManyVcpus(settings.VcpuLimit);
        var room = Math.Min(settings.RoomFor(request), (settings.VcpuLimit - used) / type.Vcpus);
        return room >= request.MinCount ? Math.Min(room, request.MaxCount)
            : throw (request.IsSpot ? Ec2Error.NoSpotCapacity() : Ec2Error.NoCapacity(type.Name));
    }

    private Instance New(LaunchRequest request, Image image, string reservation, int index, Subnet subnet)
    {
        var named = request.GroupIds.Select(id => land.FindGroup(id, null))
            .Concat(request.GroupNames.Select(name => land.FindGroup(null, name))).ToList();
        var instance = new Instance
        {
            Request = request,
            Image = image,
            ReservationId = reservation,
            LaunchIndex = index,
            LaunchedAt = clock.GetUtcNow(),
            Subnet = subnet,
            Groups = named.Count > 0 ? named : [land.FindGroup(null, "default")],
            Tags = new(request.Tags.GetValueOrDefault("instance") ?? new Dictionary<string, string>()),
            OverlookedFor = settings.DescribesUntilVisible,
        };
        if (request.InstanceProfile is not null)
            instance.RoleKeys = new($"ASIA{instance.Id[2..].ToUpperInvariant()}", $"secret/of+{instance.Id}", $"token//of=={instance.Id}", instance.Id);
        return instance;
    }

    private async Task LiveAsync(Instance instance)
    {
        await Task.Delay(settings.PendingFor, clock);
        var metadata = await MetadataService.StartAsync(instance, clock);
        lock (Gate)
        {
            instance.Metadata = metadata;
            if (instance.State != InstanceState.Pending)
                return;
            instance.Enter(InstanceState.Running);
            if (settings.MachineFolder is { } folder)
                instance.Machine = new Machine(instance, Path.Combine(folder, instance.Id), metadata.Url);
        }

        if (instance.Machine is { } machine && await machine.RunAsync())
            PowerOff(instance);
    }

    private void PowerOff(Instance instance) => Leave(
        instance, instance.Request.TerminatesOnShutdown ? InstanceState.ShuttingDown : InstanceState.Stopping,
        instance.Request.TerminatesOnShutdown ? InstanceState.Terminated : InstanceState.Stopped,
        ("Client.InstanceInitiatedShutdown", "Client.InstanceInitiatedShutdown: Instance initiated shutdown"), TimeSpan.Zero);

    private void Leave(
        Instance instance, InstanceState through, InstanceState to, (string, string) reason, TimeSpan grace)
    {
        lock (Gate)
        {
            if (instance.State is InstanceState.ShuttingDown or InstanceState.Terminated)
                return;
            instance.Enter(through, reason);
            lives.Add(EndAsync(instance, to, grace));
        }
    }

    private async Task EndAsync(Instance instance, InstanceState to, TimeSpan grace)
    {
        // Out of the caller's lock.
        await Task.Yield();
        if (instance.Machine is { } machine)
            await machine.SwitchOffAsync(grace);
        if (instance.Metadata is { } metadata)
            await metadata.DisposeAsync();
        lock (Gate)
            instance.Enter(to);
    }
}
