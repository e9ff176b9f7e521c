using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>A checksum of a whole object that the store knows.</summary>
internal sealed class S3Checksum
{
    private readonly Action<ReadOnlySpan<byte>> append;
    private readonly Func<string> result;
    private readonly string expected;

    private S3Checksum(string name, string expected, Action<ReadOnlySpan<byte>> append, Func<string> result)
    {
        (Name, this.expected, this.append, this.result) = (name, expected, append, result);
    }

    /// <summary>What kind it is, for messages.</summary>
    public string Name { get; }

    /// <summary>The best that the store offers, or null. One that is put together from those of parts serves nothing here.</summary>
    public static S3Checksum? Of(GetObjectMetadataResponse head)
    {
        if (IsWhole(head, head.ChecksumCRC64NVME))
            return OfCrc("CRC64NVME", head.ChecksumCRC64NVME, Crc.Nvme());
        if (IsWhole(head, head.ChecksumCRC32))
            return OfCrc("CRC32", head.ChecksumCRC32, Crc.Ieee());
        if (IsWhole(head, head.ChecksumCRC32C))
            return OfCrc("CRC32C", head.ChecksumCRC32C, Crc.Castagnoli());
        if (IsWhole(head, head.ChecksumSHA256))
            return OfHash("SHA256", head.ChecksumSHA256, HashAlgorithmName.SHA256, Convert.ToBase64String);
        if (IsWhole(head, head.ChecksumSHA1))
            return OfHash("SHA1", head.ChecksumSHA1, HashAlgorithmName.SHA1, Convert.ToBase64String);
        return IsMd5(head) ? OfHash("MD5", head.ETag.Trim('"'), HashAlgorithmName.MD5, Convert.ToHexStringLower) : null;
    }

    public void Append(ReadOnlySpan<byte> bytes) => append(bytes);

    /// <summary>True when what was appended is the whole object as the store knows it.</summary>
    public bool IsMet() => string.Equals(result(), expected, StringComparison.Ordinal);

    // Where a store does not say what kind it is, that of an object which came in parts may be put together from theirs.
    private static bool IsWhole(GetObjectMetadataResponse head, string? checksum) =>
        checksum is { Length: > 0 } && head.ChecksumType != ChecksumType.COMPOSITE && !checksum.Contains('-', StringComparison.Ordinal)
        && (head.ChecksumType is not null || head.ETag?.Contains('-', StringComparison.Ordinal) != true);

    // The ETag of an object that came in one piece, unless it was encrypted with a key of KMS or the customer's.
    private static bool IsMd5(GetObjectMetadataResponse head) =>
        head.ETag?.Trim('"') is { Length: 32 } tag && tag.All(char.IsAsciiHexDigitLower)
        && (head.ServerSideEncryptionMethod is null || head.ServerSideEncryptionMethod == ServerSideEncryptionMethod.None
            || head.ServerSideEncryptionMethod == ServerSideEncryptionMethod.AES256);

    private static S3Checksum OfCrc(string name, string expected, Crc crc) =>
        new(name, expected, crc.Append, () => Convert.ToBase64String(crc.Result()));

    private static S3Checksum OfHash(string name, string expected, HashAlgorithmName algorithm, Func<byte[], string> format)
    {
        // Not disposed: its memory is freed with the transfer's.
        var hash = IncrementalHash.CreateHash(algorithm);
        return new(name, expected, hash.AppendData, () => format(hash.GetHashAndReset()));
    }
}
