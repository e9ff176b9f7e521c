using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A permission that a request needs.</summary>
/// <param name="Action">As IAM names it, for example <c>sqs:SendMessage</c>.</param>
/// <param name="Resource">The last part of the resource's ARN; a star where it cannot be told.</param>
internal sealed record AskedPermission(string Action, string Resource)
{
    /// <summary>The tag media-nommer that a new resource is to get, or null.</summary>
    public string? RequestTag { get; init; }

    public override string ToString() => $"{Action} on {Resource}";
}

/// <summary>Which permissions a request needs, as the Service Authorization Reference says.</summary>
/// <seealso href="https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"/>
internal static class AskedPermissions
{
    public static IReadOnlyList<AskedPermission> Of(HttpRequest request, byte[] body)
    {
        var target = request.Headers["X-Amz-Target"].ToString().Split('.');
        if (target is [var service, var operation])
        {
            using var json = JsonDocument.Parse(body);
            return service.StartsWith("DynamoDB", StringComparison.Ordinal) ? OfDynamoDb(operation, json.RootElement) : OfSqs(operation, json.RootElement);
        }

        var isForm = request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.Ordinal) == true;
        // A look at the server's clock is nobody's.
        if (!isForm && request.Headers.Authorization.Count == 0)
            return [];
        return isForm
            ? OfForm(request, QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body)).ToDictionary(pair => pair.Key, pair => pair.Value.ToString()))
            : [OfS3(request)];
    }

    private static IReadOnlyList<AskedPermission> OfSqs(string operation, JsonElement body) =>
    [
        new($"sqs:{operation.Replace("Batch", "", StringComparison.Ordinal)}", Text(body, "QueueName") ?? Text(body, "QueueUrl")!.Split('/')[^1]),
    ];

    private static IReadOnlyList<AskedPermission> OfDynamoDb(string operation, JsonElement body)
    {
        var table = Text(body, "TableName") ?? "*";
        if (operation == "TransactWriteItems")
        {
            // Each of its writes needs what it would need alone.
            return
            [
                .. from item in body.GetProperty("TransactItems").EnumerateArray()
                   from write in item.EnumerateObject()
                   select new AskedPermission($"dynamodb:{write.Name.Replace("Item", "", StringComparison.Ordinal)}Item", $"table/{Text(write.Value, "TableName")}"),
                // An empty one asks for nothing; its service is to be known all the same.
                .. body.GetProperty("TransactItems").GetArrayLength() == 0 ? (AskedPermission[])[new("dynamodb:PutItem", "*")] : [],
            ];
        }

        if (operation.StartsWith("Batch", StringComparison.Ordinal))
            table = body.GetProperty("RequestItems").EnumerateObject().First().Name;
        return [new($"dynamodb:{operation}", Text(body, "IndexName") is { } index ? $"table/{table}/index/{index}" : $"table/{table}")];
    }

    private static IReadOnlyList<AskedPermission> OfForm(HttpRequest request, Dictionary<string, string> form)
    {
        var action = form["Action"];
        if (!request.Headers.Authorization.ToString().Contains("/ec2/", StringComparison.Ordinal))
            return [new($"sdb:{action}", form.TryGetValue("DomainName", out var domain) ? $"domain/{domain}" : "*")];
        string? tag = null;
        foreach (var (name, value) in form.Where(pair => pair.Value == "media-nommer" && pair.Key.EndsWith(".Key", StringComparison.Ordinal)))
            tag = form[name.Replace(".Key", ".Value", StringComparison.Ordinal)];
        return action != "RunInstances" ? [new($"ec2:{action}", action.StartsWith("Describe", StringComparison.Ordinal) ? "*" : "instance/x")]
        :
        [
            new("ec2:RunInstances", "instance/x") { RequestTag = tag },
            new("ec2:RunInstances", "volume/x") { RequestTag = tag },
            new("ec2:RunInstances", "network-interface/x"),
            new("ec2:RunInstances", "security-group/x"),
            new("ec2:RunInstances", "subnet/x"),
            new("ec2:RunInstances", "image/ami-x"),
            .. tag is null ? (AskedPermission[])[] : [new("ec2:CreateTags", "instance/x")],
            .. form.ContainsKey("KeyName") ? (AskedPermission[])[new("ec2:RunInstances", "key-pair/x")] : [],
            .. form.TryGetValue("IamInstanceProfile.Name", out var profile) ? (AskedPermission[])[new("iam:PassRole", $"role/{profile}")] : [],
        ];
    }

    private static AskedPermission OfS3(HttpRequest request)
    {
        var parts = request.Path.Value!.TrimStart('/').Split('/', 2);
        var isObject = parts is [_, { Length: > 0 }];
        var query = request.Query;
        var action = (request.Method, isObject) switch
        {
            ("GET" or "HEAD", true) => "GetObject",
            ("DELETE", true) => query.ContainsKey("uploadId") ? "AbortMultipartUpload" : query.ContainsKey("versionId") ? "DeleteObjectVersion" : "DeleteObject",
            (_, true) => "PutObject",
            ("GET" or "HEAD", false) => query.ContainsKey("uploads") ? "ListBucketMultipartUploads" : query.ContainsKey("versions") ? "ListBucketVersions" : "ListBucket",
            ("PUT", false) => query.ContainsKey("publicAccessBlock") ? "PutBucketPublicAccessBlock" : "CreateBucket",
            _ => "DeleteBucket",
        };
        return new($"s3:{action}", string.Join('/', parts).TrimEnd('/'));
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;
}
