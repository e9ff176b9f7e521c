using MediaNommer.Backends.Aws.Wire;

namespace MediaNommer.Backends.Aws.SimpleDb;

/// <summary>Where there is SimpleDB. It came to no new region since 2011.</summary>
/// <seealso href="https://docs.aws.amazon.com/general/latest/gr/simpledb.html"/>
internal static class SimpleDbRegions
{
    // The first of all, whose address names no region.
    private const string First = "us-east-1";

    private static readonly string[] All =
    [
        First, "us-west-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "sa-east-1",
    ];

    /// <summary>The address of SimpleDB in a region.</summary>
    /// <exception cref="AwsException">It is not there.</exception>
    public static Uri EndpointOf(string region)
    {
        if (!All.Contains(region))
            throw new AwsException(
                $"Amazon has no SimpleDB in region {region}, only in {string.Join(", ", All)}. Choose one of these with "
                + "Aws:Region, or set Aws:StateStore to DynamoDb.", "NoSuchRegion", status: null);
        return new Uri(region == First ? "https://sdb.amazonaws.com" : $"https://sdb.{region}.amazonaws.com");
    }
}
