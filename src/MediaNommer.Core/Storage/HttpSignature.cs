using System.Collections.Frozen;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Takes the signature off a presigned address: of S3 (versions 2 and 4), Google Cloud Storage, CloudFront and Azure Blob
/// Storage (shared access signatures). What is left names the same place, whoever signed it and when.
/// </summary>
internal static class HttpSignature
{
    private static readonly FrozenSet<string> Signatures = FrozenSet.ToFrozenSet(
        ["Signature", "sig", "X-Amz-Signature", "X-Goog-Signature"], StringComparer.OrdinalIgnoreCase);

    // Common names, which belong to a signature only where there is one.
    private static readonly FrozenSet<string> Companions = FrozenSet.ToFrozenSet(
    [
        "AWSAccessKeyId", "GoogleAccessId", "Key-Pair-Id", "Policy", "Expires",
        "se", "sip", "ske", "skoid", "sks", "skt", "sktid", "skv", "sp", "spr", "sr", "st", "sv",
    ],
    StringComparer.OrdinalIgnoreCase);

    /// <summary>The query with its question mark, or empty, without what changes with each signing.</summary>
    public static string RemoveFrom(string query)
    {
        var parts = query.TrimStart('?').Split('&');
        if (!parts.Any(part => Signatures.Contains(NameOf(part))))
            return query;
        var rest = string.Join('&', parts.Where(part => !BelongsToOne(NameOf(part))));
        return rest.Length > 0 ? $"?{rest}" : "";
    }

    private static bool BelongsToOne(string name) => Signatures.Contains(name) || Companions.Contains(name)
        || name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("X-Goog-", StringComparison.OrdinalIgnoreCase);

    private static string NameOf(string part) => part.Split('=')[0];
}
