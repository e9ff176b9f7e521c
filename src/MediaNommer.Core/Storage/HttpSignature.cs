using System.Collections.Frozen;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Names in the query of a presigned address that belong to its signature: of S3 (versions 2 and 4), Google Cloud Storage,
/// CloudFront and Azure Blob Storage (shared access signatures).
/// </summary>
internal static class HttpSignature
{
    private static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet(
    [
        "Signature", "AWSAccessKeyId", "GoogleAccessId", "Key-Pair-Id", "Policy", "Expires",
        "sig", "se", "sip", "ske", "skoid", "sks", "skt", "sktid", "skv", "sp", "spr", "sr", "st", "sv",
    ],
    StringComparer.OrdinalIgnoreCase);

    /// <summary>True for the name of a value that changes with each signing, though the place is the same.</summary>
    public static bool Holds(string name) => Names.Contains(name)
        || name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Goog-", StringComparison.OrdinalIgnoreCase);
}
