using System.ComponentModel.DataAnnotations;

namespace MediaNommer.Core.Settings;

/// <summary>Settings of Amazon AWS; docs/aws.md leads through them.</summary>
public sealed class AwsOptions
{
    /// <summary>The access key id; empty: the AWS default chain.</summary>
    [Setting("Access key id for every service. Empty: the AWS default chain (environment, profile, instance role).",
        Original = "AWS_ACCESS_KEY_ID", Secret = true)]
    public string AccessKeyId { get; set; } = "";

    /// <summary>The secret access key that belongs to <see cref="AccessKeyId"/>.</summary>
    [Setting("Secret access key that belongs to Aws:AccessKeyId.", Original = "AWS_SECRET_ACCESS_KEY", Secret = true)]
    public string SecretAccessKey { get; set; } = "";

    /// <summary>The session token of temporary keys.</summary>
    [Setting("Session token, when Aws:AccessKeyId is a temporary one.", Secret = true)]
    public string SessionToken { get; set; } = "";

    /// <summary>The region of every service.</summary>
    [Setting("Region of every service, for example `eu-central-1`. Empty: AWS_REGION or the profile's, else us-east-1."),
        RegularExpression("([a-z0-9]+(-[a-z0-9]+)*)?", ErrorMessage = "a name such as us-east-1, or empty")]
    public string Region { get; set; } = "";

    /// <summary>Where every service is reached, instead of Amazon's own addresses.</summary>
    [Setting("Address of every service in place of Amazon's own, for emulators; each service's own setting goes first."), ServiceAddress]
    public string EndpointUrl { get; set; } = "";

    /// <summary>Which service holds the states of jobs and nodes.</summary>
    [Setting("Which service holds the states of jobs and nodes."), AllowedValues("DynamoDb", "SimpleDb")]
    public string StateStore { get; set; } = "DynamoDb";

    /// <summary>The bucket through which feederd hands its settings and the program to the machines it launches.</summary>
    [Setting("Bucket through which feederd hands settings and program to the machines it launches.",
        Original = "CONFIG_S3_BUCKET"), RegularExpression(
            @"(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!([0-9]+\.){3}[0-9]+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)",
            ErrorMessage = "3 to 63 small letters, digits, '-' and '.' as S3 takes them: letters or digits at both ends, no "
                + "two dots together, no IP address, none of Amazon's own beginnings and ends such as xn-- and -s3alias")]
    public string ConfigS3Bucket { get; set; } = "nommer-config";

    /// <summary>Whether the settings in the bucket hold secrets.</summary>
    [Setting("Whether profiles go into the configuration bucket with the other settings, and the keys of Aws:AccessKeyId "
        + "where machines have no instance profile.")]
    public bool UploadSecrets { get; set; }

    /// <summary>Settings of SQS.</summary>
    public AwsSqsOptions Sqs { get; set; } = new();

    /// <summary>Settings of DynamoDB.</summary>
    public AwsDynamoDbOptions DynamoDb { get; set; } = new();

    /// <summary>Settings of SimpleDB.</summary>
    public AwsSimpleDbOptions SimpleDb { get; set; } = new();

    /// <summary>Settings of S3.</summary>
    public AwsS3Options S3 { get; set; } = new();

    /// <summary>Settings of EC2.</summary>
    public AwsEc2Options Ec2 { get; set; } = new();

    /// <summary>Other people's keys by name, for <c>s3://name@bucket/key</c>.</summary>
    [Setting("Keys by name, for `s3://name@bucket/key`.", Secret = true)]
    public Dictionary<string, AwsProfileOptions> Profiles { get; set; } = [];
}

/// <summary>Settings of SQS.</summary>
public sealed class AwsSqsOptions
{
    /// <summary>Where SQS is reached.</summary>
    [Setting("Address of SQS in place of Amazon's own."), ServiceAddress]
    public string EndpointUrl { get; set; } = "";

    /// <summary>How often a message may be received before it goes to the dead-letter queue.</summary>
    [Setting("How often a message may be received before it goes to the dead-letter queue. Waiting jobs are received "
        + "now and then, so keep it high; what goes there by mistake is sent again by the sweeper."), Range(1, 1000)]
    public int MaxReceives { get; set; } = 1000;
}

/// <summary>Settings of DynamoDB.</summary>
public sealed class AwsDynamoDbOptions
{
    /// <summary>Where DynamoDB is reached.</summary>
    [Setting("Address of DynamoDB in place of Amazon's own."), ServiceAddress]
    public string EndpointUrl { get; set; } = "";

    /// <summary>The table of all states.</summary>
    [Setting("Table that holds jobs, nodes and notifications; made when it is missing, billed per request."),
        RegularExpression("[A-Za-z0-9_.-]{3,255}", ErrorMessage = "3 to 255 letters, digits, '_', '-' and '.'")]
    public string TableName { get; set; } = "media_nommer";
}

/// <summary>Settings of SimpleDB.</summary>
public sealed class AwsSimpleDbOptions
{
    /// <summary>Where SimpleDB is reached.</summary>
    [Setting("Address of SimpleDB in place of Amazon's own."), ServiceAddress]
    public string EndpointUrl { get; set; } = "";

    /// <summary>The domain of jobs.</summary>
    [Setting("Domain of jobs and notifications.", Original = "SIMPLEDB_JOB_STATE_DOMAIN"),
        RegularExpression("[A-Za-z0-9_.-]{3,255}", ErrorMessage = "3 to 255 letters, digits, '_', '-' and '.'")]
    public string JobStateDomain { get; set; } = "media_nommer";

    /// <summary>The domain of nodes.</summary>
    [Setting("Domain of nodes.", Original = "SIMPLEDB_EC2_NOMMER_STATE_DOMAIN"),
        RegularExpression("[A-Za-z0-9_.-]{3,255}", ErrorMessage = "3 to 255 letters, digits, '_', '-' and '.'")]
    public string Ec2NommerStateDomain { get; set; } = "media_nommer_ec2nommer_state";
}

/// <summary>Settings of S3.</summary>
public sealed class AwsS3Options
{
    /// <summary>Where S3 is reached.</summary>
    [Setting("Address of S3, or of a store that speaks its protocol, in place of Amazon's own."), ServiceAddress]
    public string EndpointUrl { get; set; } = "";

    /// <summary>Bytes of one part of a large transfer.</summary>
    [Setting("Bytes of one part of a large transfer (16 MiB); parts grow where a file would have more than 10,000."),
        Range(5L << 20, 5L << 30)]
    public long PartSize { get; set; } = 16L << 20;

    /// <summary>How many parts of one file go at the same time.</summary>
    [Setting("How many parts of one file go at the same time."), Range(1, 64)]
    public int ParallelParts { get; set; } = 4;

    /// <summary>Whether the bucket of a destination is made when it is missing.</summary>
    [Setting("Make the bucket of a destination when it is missing, closed to the public, as the original did. The worker's keys "
        + "then need `s3:CreateBucket` and `s3:PutBucketPublicAccessBlock`. Off: such a job ends with an error, which also "
        + "finds misspelled names.")]
    public bool MakeBuckets { get; set; }
}

/// <summary>Settings of EC2.</summary>
public sealed class AwsEc2Options
{
    /// <summary>Where EC2 is reached.</summary>
    [Setting("Address of EC2 in place of Amazon's own."), ServiceAddress]
    public string EndpointUrl { get; set; } = "";

    /// <summary>Where a machine asks about itself.</summary>
    [Setting("Address of the instance metadata service, where a machine asks about itself."), ServiceAddress]
    public string MetadataUrl { get; set; } = "http://169.254.169.254";

    /// <summary>The image that machines start from.</summary>
    [Setting("Image that machines start from: a stock Debian or Ubuntu image, or one made with packer/. Empty: the "
        + "newest Debian 12 of the region.", Original = "EC2_AMI_ID"), RegularExpression(
            "(ami-[0-9a-z]+)?", ErrorMessage = "an id such as ami-0123456789abcdef0, or empty")]
    public string AmiId { get; set; } = "";

    /// <summary>Types of machines, best first.</summary>
    [Setting("Types of machines, best first; the next is tried when one is not to be had.", Original = "EC2_INSTANCE_TYPE"),
        RegularExpression(
            "[a-z0-9-]+\\.[a-z0-9-]+", ErrorMessage = "types such as c7a.large")]
    public List<string> InstanceType { get; set; } = ["c7a.large"];

    /// <summary>The SSH key of machines.</summary>
    [Setting("SSH key that may log in to machines; empty: none.", Original = "EC2_KEY_NAME")]
    public string KeyName { get; set; } = "";

    /// <summary>The security groups of machines.</summary>
    [Setting("Security groups of machines, by name or by id (sg-…).", Original = "EC2_SECURITY_GROUPS")]
    public List<string> SecurityGroups { get; set; } = ["media_nommer"];

    /// <summary>The subnets that machines are spread over.</summary>
    [Setting("Subnets that machines are spread over; none: the default ones."), RegularExpression(
            "subnet-[0-9a-z]+", ErrorMessage = "ids such as subnet-0123456789abcdef0")]
    public List<string> Subnets { get; set; } = [];

    /// <summary>The instance profile that gives machines their permissions.</summary>
    [Setting("Instance profile (its name) that gives machines their permissions; empty: they need keys.")]
    public string InstanceProfile { get; set; } = "";

    /// <summary>Tags of machines, as <c>name=value</c>.</summary>
    [Setting("Tags of machines and their disks beside our own, as `name=value`."),
        RegularExpression(
            "(?!aws:|media-nommer=)[^=]{1,128}=.{0,256}",
            ErrorMessage = "name=value, a name that does not begin with aws: and is not media-nommer")]
    public List<string> Tags { get; set; } = [];

    /// <summary>Whether machines are bought as spot instances.</summary>
    [Setting("Whether machines are bought on the spot market; when it has none, on demand."),
        AllowedValues("OnDemand", "Spot")]
    public string Market { get; set; } = "OnDemand";

    /// <summary>GiB of a machine's encrypted disk.</summary>
    [Setting("GiB of a machine's encrypted disk, which sources and outputs must fit on."), Range(8, 16384)]
    public int VolumeGib { get; set; } = 100;
}

/// <summary>Keys that a job may name in <c>s3://name@bucket/key</c>.</summary>
public sealed class AwsProfileOptions
{
    /// <summary>The access key id.</summary>
    public string AccessKeyId { get; set; } = "";

    /// <summary>The secret access key.</summary>
    public string SecretAccessKey { get; set; } = "";

    /// <summary>The session token of temporary keys, or empty.</summary>
    public string SessionToken { get; set; } = "";

    /// <summary>The region of the buckets; empty: <c>Aws:Region</c>.</summary>
    [RegularExpression("[A-Za-z0-9_-]*", ErrorMessage = "letters, digits, '-' and '_', or empty")]
    public string Region { get; set; } = "";

    /// <summary>Where the store is reached; empty: as the others.</summary>
    [ServiceAddress]
    public string EndpointUrl { get; set; } = "";
}
