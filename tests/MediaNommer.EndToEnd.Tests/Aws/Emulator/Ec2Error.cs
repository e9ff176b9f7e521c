namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>A refusal, with the codes and statuses that EC2's page of error codes lists.</summary>
internal sealed class Ec2Error(string code, string message, int status = 400) : Exception(message)
{
    public string Code => code;

    public int Status => status;

    /// <summary>EC2 says no more than this of keys it does not know, and of signatures that are wrong.</summary>
    public static Ec2Error AuthFailure() => new(
        "AuthFailure", "AWS was not able to validate the provided access credentials", 401);

    public static Ec2Error Unauthorized() => new(
        "UnauthorizedOperation", "You are not authorized to perform this operation.", 403);

    public static Ec2Error Missing(string kind, string code, string id) => new(code, $"The {kind} '{id}' does not exist");

    /// <summary>A server error: clients try it again by themselves.</summary>
    public static Ec2Error NoCapacity(string type) => new(
        "InsufficientInstanceCapacity",
        $"We currently do not have sufficient {type} capacity in the Availability Zone you requested.", 500);

    public static Ec2Error NoSpotCapacity() => new(
        "InsufficientInstanceCapacity", "There is no Spot capacity available that matches your request.", 500);

    public static Ec2Error TooManyRequests() => new("RequestLimitExceeded", "Request limit exceeded.", 503);

    public static Ec2Error TooManyVcpus(int limit) => new(
        "VcpuLimitExceeded",
        $"You have requested more vCPU capacity than your current vCPU limit of {limit} allows for the instance bucket that "
        + "the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an "
        + "adjustment to this limit.");
}
