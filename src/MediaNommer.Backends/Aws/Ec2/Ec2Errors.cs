using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Fleet;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>What EC2's refusals mean for the fleet, and what the operator can do about them.</summary>
/// <seealso href="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"/>
internal static class Ec2Errors
{
    // By the beginnings of EC2's codes; the first that fits counts.
    private static readonly (string Codes, string Sentence)[] Sentences =
    [
        ("InsufficientFreeAddressesInSubnet", "No subnet has a free address for {0}: add subnets to Aws:Ec2:Subnets"),
        ("Insufficient Unsupported SpotMaxPriceTooLow",
            "EC2 has no machine of any type in Aws:Ec2:InstanceType, tried last: {0}. Add more types or Aws:Ec2:Subnets"),
        ("VcpuLimitExceeded InstanceLimitExceeded MaxSpotInstanceCountExceeded",
            "The account's quota for {0} is used up: ask for more under Service Quotas (Amazon EC2, Running {1} "
            + "instances), or lower Scaling:MaxNumEc2Instances"),
        ("AuthFailure.ServiceLinkedRoleCreationNotPermitted",
            "The account has no role for the spot market yet: run once, as its administrator, aws iam "
            + "create-service-linked-role --aws-service-name spot.amazonaws.com, or set Aws:Ec2:Market to OnDemand"),
        ("UnauthorizedOperation AccessDenied",
            "EC2 allows these keys too little: give them, or their role, the policy that 'nommer aws setup' prints"),
        ("AuthFailure InvalidClientTokenId SignatureDoesNotMatch ExpiredToken RequestExpired NoCredentials",
            "EC2 does not accept the keys"),
        ("OptInRequired PendingVerification Blocked",
            "The account may not use EC2 in this region yet: look at its messages from AWS, or change Aws:Region"),
        ("InvalidAMI", "There is no such image in this region: correct Aws:Ec2:AmiId, or leave it empty for the newest Debian 12"),
        ("InvalidKey", "There is no such SSH key in this region: correct Aws:Ec2:KeyName, or leave it empty"),
        ("InvalidGroup InvalidSecurity",
            "There is no such security group: run nommer aws setup, or correct Aws:Ec2:SecurityGroups"),
        ("InvalidSubnet", "There is no such subnet: correct Aws:Ec2:Subnets"),
        ("VPCIdNotSpecified DefaultVpcDoesNotExist MissingInput",
            "The region has no default network: name subnets in Aws:Ec2:Subnets"),
        ("InvalidBlockDeviceMapping", "The disk does not fit the image: raise Aws:Ec2:VolumeGib"),
        ("RequestLimitExceeded Throttling", "This account asks EC2 too often"),
    ];

    // EC2 has one code for many wrong parameters, and names the parameter in its sentence only.
    private static readonly (string Words, string Sentence)[] SentencesForParameters =
    [
        ("iamInstanceProfile|instance profile",
            "There is no such instance profile: run nommer aws setup, or correct Aws:Ec2:InstanceProfile"),
        ("architecture", "The image is for other processors than {0} has: change Aws:Ec2:AmiId or Aws:Ec2:InstanceType"),
        ("InstanceType|instance type", "There is no {0}: correct Aws:Ec2:InstanceType"),
        ("groupName|security group",
            "The security groups are not those of the subnet's network: correct Aws:Ec2:SecurityGroups or Aws:Ec2:Subnets"),
        ("tag", "EC2 does not take a tag: correct Aws:Ec2:Tags"),
        ("", "EC2 does not take a setting under Aws:Ec2"),
    ];

    /// <summary>How much else need not be tried after a refused launch.</summary>
    public static RefusalScope ScopeOf(AwsException error) => error.Code switch
    {
        "Unsupported" => RefusalScope.Choice,
        // Also when a subnet has no free address, which another subnet may have.
        var code when IsOneOf(code, "Insufficient") => RefusalScope.Choice,
        "SpotMaxPriceTooLow" or "VcpuLimitExceeded" or "InstanceLimitExceeded" => RefusalScope.Type,
        "MaxSpotInstanceCountExceeded" => RefusalScope.Market,
        _ => RefusalScope.Everything,
    };

    /// <summary>
    /// True when nobody knows whether EC2 did what it was asked for: one of the tries was not answered, or with an error of
    /// EC2's own.
    /// </summary>
    public static bool IsUncertain(AwsException error) =>
        IsItselfUncertain(error) || error.Earlier.Any(IsItselfUncertain);

    private static bool IsItselfUncertain(AwsException error) => error.Status is { } status
        ? (int)status >= 500 && ScopeOf(error) == RefusalScope.Everything && !IsOneOf(error.Code, "RequestLimitExceeded Throttling")
        : error.Code is "" or AwsService.Unreadable;

    /// <summary>The refusal as a sentence with its remedy.</summary>
    public static FleetException Explain(AwsException error, Ec2Choice? choice = null)
    {
        var sentence = error switch
        {
            { Status: null, Code: "" } => "EC2 cannot be reached",
            _ when IsOneOf(error.Code, "InvalidParameter") => SentencesForParameters.First(known => known.Words.Split('|')
                .Any(word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase))).Sentence,
            _ => Sentences.FirstOrDefault(known => IsOneOf(error.Code, known.Codes)).Sentence
                ?? "EC2 refused: check the settings under Aws:Ec2",
        };
        var filled = sentence.Replace("{0}", choice?.ToString() ?? "machines", StringComparison.Ordinal)
            .Replace("{1}", choice is { IsSpot: true } ? "Spot" : "On-Demand", StringComparison.Ordinal);
        return new($"{filled} ({Short(error.Message)}).", error);
    }

    private static bool IsOneOf(string code, string beginnings) =>
        code.Length > 0 && beginnings.Split(' ').Any(beginning => code.StartsWith(beginning, StringComparison.Ordinal));

    // EC2 adds an encoded message of thousands of characters to some refusals.
    private static string Short(string text)
    {
        var end = text.IndexOf(" Encoded authorization failure", StringComparison.Ordinal);
        var cut = (end < 0 ? text : text[..end]).TrimEnd('.', ' ');
        return cut.Length > 300 ? cut[..300] + "…" : cut;
    }
}
