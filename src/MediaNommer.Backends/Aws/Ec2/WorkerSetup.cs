using System.Text;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws.Ec2;

/// <summary>The user data that makes a stock image a worker: worker-setup.sh with the settings of this system put in.</summary>
internal static class WorkerSetup
{
    private const string Place = "#settings#";

    /// <summary>The script. Holds keys only where machines have no instance profile to get them from.</summary>
    public static string Script(AwsOptions options, AwsAccess access) =>
        Template().Replace(Place, Settings(options, access), StringComparison.Ordinal);

    private static string Settings(AwsOptions options, AwsAccess access)
    {
        var lines = new StringBuilder();
        Assign("REGION", access.Region);
        Assign("BUCKET", options.ConfigS3Bucket);
        Assign("S3_URL", access.Override(options.S3.EndpointUrl) ?? "");
        Assign("METADATA_URL", options.Ec2.MetadataUrl);
        lines.Append("environment=(\n");
        foreach (var (name, value) in Environment(options, access))
            lines.Append("    ").Append(Quote($"NOMMER__AWS__{name}={value}")).Append('\n');
        return lines.Append(')').ToString();

        void Assign(string name, string value) => lines.Append(name).Append('=').Append(Quote(value)).Append('\n');
    }

    /// <summary>What the worker must know before it can read the settings in the bucket.</summary>
    private static IEnumerable<(string Name, string Value)> Environment(AwsOptions options, AwsAccess access)
    {
        yield return ("REGION", access.Region);
        yield return ("EC2__METADATAURL", options.Ec2.MetadataUrl);
        if (options.EndpointUrl.Length > 0)
            yield return ("ENDPOINTURL", options.EndpointUrl);
        if (options.S3.EndpointUrl.Length > 0)
            yield return ("S3__ENDPOINTURL", options.S3.EndpointUrl);
        if (options.Ec2.InstanceProfile.Length > 0 || options.AccessKeyId.Length == 0)
            yield break;
        yield return ("ACCESSKEYID", options.AccessKeyId);
        yield return ("SECRETACCESSKEY", options.SecretAccessKey);
        if (options.SessionToken.Length > 0)
            yield return ("SESSIONTOKEN", options.SessionToken);
    }

    private static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string Template()
    {
        using var stream = typeof(WorkerSetup).Assembly.GetManifestResourceStream("worker-setup.sh")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
