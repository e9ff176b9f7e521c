namespace MediaNommer.Nommerd.Ec2;

/// <summary>The EC2 machine that a worker runs on.</summary>
/// <param name="Id">Its instance id, for example <c>i-0123456789abcdef0</c>.</param>
/// <param name="Type">Its type, for example <c>c7a.large</c>.</param>
/// <param name="Zone">Its availability zone, for example <c>eu-central-1a</c>.</param>
/// <param name="IsSpot">True when it may be taken away at two minutes' notice.</param>
public sealed record Ec2Machine(string Id, string Type, string Zone, bool IsSpot);
