using System.Text.Json;
using System.Text.Json.Nodes;
using MediaNommer.Backends.Aws.Ec2;
using MediaNommer.Core.Queues;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Backends.Aws;

/// <summary>
/// The permissions that feederd and workers need and no others, as IAM policies that name this system's own resources.
/// </summary>
internal sealed class IamPolicies(NommerOptions options, string account, string region, IReadOnlyList<string> mediaBuckets)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    private readonly AwsOptions aws = options.Aws;

    private string Partition => region.StartsWith("cn-", StringComparison.Ordinal) ? "aws-cn"
        : region.StartsWith("us-gov-", StringComparison.Ordinal) ? "aws-us-gov" : "aws";

    /// <summary>The policy of the machine or user that feederd runs as.</summary>
    public string ForFeederd() => Document(
    [
        Statement("Queues",
            [
                "sqs:GetQueueUrl", "sqs:CreateQueue", "sqs:GetQueueAttributes", "sqs:SendMessage", "sqs:ReceiveMessage",
                "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:PurgeQueue",
            ],
            QueueArns()),
        .. States(maySetUp: true),
        Statement("ConfigurationFiles", ["s3:GetObject", "s3:PutObject"], [$"{BucketArn(aws.ConfigS3Bucket)}/*"]),
        ConfigurationBucket(),
        Statement("DoctorsFiles", ["s3:DeleteObject"], [$"{BucketArn(aws.ConfigS3Bucket)}/{ConfigBucket.ProbePrefix}*"]),
        Statement("SeeMachines",
            [
                "ec2:DescribeInstances", "ec2:DescribeImages", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
            ],
            ["*"]),
        Statement("StartMachines", ["ec2:RunInstances"], [Ec2Arn("instance/*"), Ec2Arn("volume/*")],
            ("StringEquals", $"aws:RequestTag/{Ec2Launcher.Tag}", options.Queues.SqsNewJobQueueName)),
        Statement("StartMachinesWith", ["ec2:RunInstances"],
        [
            Ec2Arn("network-interface/*"), Ec2Arn("subnet/*"),
            Ec2Arn("security-group/*"), Ec2Arn("key-pair/*"), Ec2Arn("spot-instances-request/*"),
            $"arn:{Partition}:ec2:{region}::image/*",
        ]),
        Statement("TagNewMachines", ["ec2:CreateTags"], [Ec2Arn("*/*")],
            ("StringEquals", "ec2:CreateAction", "RunInstances")),
        EndOurMachines(),
        .. aws.Ec2.Market != "Spot" ? Array.Empty<JsonObject>() :
        [
            // EC2 makes this role itself at the account's first spot request, if it may.
            Statement("BuySpotMachines", ["iam:CreateServiceLinkedRole"],
                [$"arn:{Partition}:iam::{account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"],
                ("StringEquals", "iam:AWSServiceName", "spot.amazonaws.com")),
        ],
        // Machines without a profile have feederd's keys.
        .. aws.Ec2.InstanceProfile.Length == 0 ? Media() :
        [
            .. MediaOfWorkers(),
            Statement("GiveMachinesTheirRole", ["iam:PassRole"],
                [$"arn:{Partition}:iam::{account}:role/{aws.Ec2.InstanceProfile}"],
                ("StringEquals", "iam:PassedToService", "ec2.amazonaws.com")),
        ],
    ]);

    /// <summary>The policy of the role that workers have through their instance profile.</summary>
    public string ForWorker() => Document(
    [
        Statement("Queues",
            [
                "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SendMessage", "sqs:ReceiveMessage",
                "sqs:ChangeMessageVisibility", "sqs:DeleteMessage",
            ],
            QueueArns()),
        .. States(maySetUp: false),
        Statement("ConfigurationFiles", ["s3:GetObject"], [$"{BucketArn(aws.ConfigS3Bucket)}/*"]),
        ConfigurationBucket(),
        .. Media(),
        EndOurMachines(),
    ]);

    /// <summary>Lets EC2 machines have the worker's role.</summary>
    public static string Trust() => Write(new JsonObject
    {
        ["Version"] = "2012-10-17",
        ["Statement"] = new JsonArray(new JsonObject
        {
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["Service"] = "ec2.amazonaws.com" },
            ["Action"] = "sts:AssumeRole",
        }),
    });

    private static string Document(IEnumerable<JsonObject> statements) => Write(new JsonObject
    {
        ["Version"] = "2012-10-17",
        ["Statement"] = new JsonArray([.. statements]),
    });

    private static string Write(JsonObject document) => document.ToJsonString(Readable);

    private static JsonObject Statement(
        string name, string[] actions, IEnumerable<string> resources, (string Test, string Key, string Value)? condition = null)
    {
        var statement = new JsonObject
        {
            ["Sid"] = name,
            ["Effect"] = "Allow",
            ["Action"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]),
            ["Resource"] = new JsonArray([.. resources.Select(resource => (JsonNode)resource)]),
        };
        if (condition is var (test, key, value))
            statement["Condition"] = new JsonObject { [test] = new JsonObject { [key] = value } };
        return statement;
    }

    private IEnumerable<JsonObject> States(bool maySetUp)
    {
        // Beside making the table, feederd prunes (in batches) and wipes (by a scan).
        string[] setUp = maySetUp
            ? ["dynamodb:CreateTable", "dynamodb:UpdateTimeToLive", "dynamodb:BatchWriteItem", "dynamodb:Scan"]
            : [];
        if (aws.StateStore == "SimpleDb")
        {
            string[] domains = maySetUp ? ["sdb:CreateDomain"] : [];
            yield return Statement("States",
                [
                    "sdb:GetAttributes", "sdb:PutAttributes", "sdb:DeleteAttributes", "sdb:BatchPutAttributes",
                    "sdb:BatchDeleteAttributes", "sdb:Select", .. domains,
                ],
                new[] { aws.SimpleDb.JobStateDomain, aws.SimpleDb.Ec2NommerStateDomain }
                    .Select(domain => $"arn:{Partition}:sdb:{region}:{account}:domain/{domain}"));
            yield break;
        }

        var table = $"arn:{Partition}:dynamodb:{region}:{account}:table/{aws.DynamoDb.TableName}";
        yield return Statement("States",
            [
                "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:GetItem", "dynamodb:BatchGetItem",
                "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
                .. setUp,
            ],
            [table, $"{table}/index/*"]);
    }

    // Whoever may list it learns that a file is not there; everybody else only that he may not read it.
    private JsonObject ConfigurationBucket() =>
        Statement("ConfigurationBucket", ["s3:ListBucket"], [BucketArn(aws.ConfigS3Bucket)]);

    private JsonObject[] Media() => mediaBuckets.Count == 0 ? [] :
    [
        Statement("Media",
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"],
            mediaBuckets.Select(bucket => $"{BucketArn(bucket)}/*")),
        Statement("MediaBuckets",
            aws.S3.MakeBuckets ? ["s3:ListBucket", "s3:CreateBucket", "s3:PutBucketPublicAccessBlock"] : ["s3:ListBucket"],
            mediaBuckets.Select(BucketArn)),
    ];

    // feederd looks whether a destination is free, hands outputs out, and takes away what ended jobs had begun to upload.
    private JsonObject[] MediaOfWorkers() => mediaBuckets.Count == 0 ? [] :
    [
        Statement("SeeMedia", ["s3:GetObject", "s3:AbortMultipartUpload"], mediaBuckets.Select(bucket => $"{BucketArn(bucket)}/*")),
        Statement("DropUnfinishedOutputs", ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            mediaBuckets.Select(bucket => $"{BucketArn(bucket)}/*{PartName.Ending}")),
        Statement("MediaBuckets", ["s3:ListBucket"], mediaBuckets.Select(BucketArn)),
    ];

    // Every machine of this system, and no other: a worker may end its fellows, too, whose jobs others then take.
    private JsonObject EndOurMachines() => Statement(
        "EndOurMachines", ["ec2:TerminateInstances"], [Ec2Arn("instance/*")],
        ("StringEquals", $"aws:ResourceTag/{Ec2Launcher.Tag}", options.Queues.SqsNewJobQueueName));

    private IEnumerable<string> QueueArns()
    {
        var names = new QueueNames(options.Queues.SqsNewJobQueueName, options.Queues.SqsJobStateChangeQueueName);
        return names.All.Append(options.Queues.SqsNewJobQueueName + "_dead")
            .Select(name => $"arn:{Partition}:sqs:{region}:{account}:{name}");
    }

    private string BucketArn(string bucket) => $"arn:{Partition}:s3:::{bucket}";

    private string Ec2Arn(string resource) => $"arn:{Partition}:ec2:{region}:{account}:{resource}";
}
