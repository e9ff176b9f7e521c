using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace MediaNommer.Core.Storage;

/// <summary>
/// An address in S3, taken apart: <c>s3://bucket/key</c>, <c>s3://profile@bucket/key</c> with keys from the settings, or,
/// as in 2011, <c>s3://ID:SECRET@bucket/key</c>. The key is taken letter by letter, so percent signs, question marks and
/// number signs in it mean themselves; in id and secret, a percent sign with two hex digits is one encoded sign.
/// </summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Key">The name of the object in it.</param>
/// <param name="Profile">The name of the keys in the settings, or null.</param>
/// <param name="AccessKeyId">The id in the address, or null.</param>
/// <param name="SecretAccessKey">The secret in the address, or null.</param>
internal sealed partial record S3Address(
    string Bucket, string Key, string? Profile, string? AccessKeyId, string? SecretAccessKey)
{
    public const string Scheme = "s3";

    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int MaxKeyBytes = 1024;

    // Of a folder that outputs go to: beside them a hidden object of about 90 bytes has to have room.
    private const int MaxDestFolderBytes = MaxKeyBytes - 124;

    private const string Forms = "write s3://bucket/key, s3://profile@bucket/key or s3://ID:SECRET@bucket/key";

    /// <summary>Takes an address apart.</summary>
    /// <param name="address">The whole address, secrets included.</param>
    /// <param name="parsed">What it names, or null.</param>
    /// <param name="why">What is wrong with it, without its secrets, or empty.</param>
    public static bool TryParse(string address, [NotNullWhen(true)] out S3Address? parsed, out string why)
    {
        parsed = null;
        var rest = address[(Scheme.Length + "://".Length)..];
        var userInfo = rest[..UserInfoLength(rest)];
        var place = rest[userInfo.Length..];
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        var (bucket, key) = slash < 0 ? (place, "") : (place[..slash], place[(slash + 1)..]);
        why = !BucketName().IsMatch(bucket) ? $"does not name a bucket; {Forms}"
            : key.Length == 0 ? $"names a bucket without a key in it; {Forms}"
            : WhyNotKey(key);
        if (why.Length == 0 && !TryReadUserInfo(userInfo, bucket, key, out parsed))
            why = $"has half of its access keys; {Forms}";
        return parsed is not null;
    }

    /// <summary>
    /// How many characters of what follows <c>s3://</c> are profile or keys, with their @. A secret as AWS makes them (40
    /// letters, digits, pluses and slashes) ends at its @, any other at the last @ of all, so that what may be secret is
    /// never taken for the name of a file.
    /// </summary>
    public static int UserInfoLength(string rest)
    {
        if (AwsKeys().Match(rest) is { Success: true } keys)
            return keys.Length;
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var authority = slash < 0 ? rest : rest[..slash];
        return authority.Contains(':', StringComparison.Ordinal)
            ? rest.LastIndexOf('@') + 1
            : authority.LastIndexOf('@') + 1;
    }

    /// <summary>True for what can be the name of a profile and does not look like an access key id.</summary>
    public static bool IsProfileName(string text) => ProfileName().IsMatch(text) && !KeyId().IsMatch(text);

    /// <summary>The folder part of the key with its slash, or empty.</summary>
    public string Folder => Key[..(Key.LastIndexOf('/') + 1)];

    /// <summary>Why no output can be put there, or empty.</summary>
    public string WhyNotDest => Encoding.UTF8.GetByteCount(Folder) > MaxDestFolderBytes
        ? $"has a folder of more than {MaxDestFolderBytes} bytes, beside which the hidden object of an unfinished output has no room"
        : "";

    /// <summary>True when both name one object, as far as the text can tell.</summary>
    public bool IsSameAs(S3Address other) =>
        Bucket == other.Bucket && Key == other.Key
        && string.Equals(Profile, other.Profile, StringComparison.OrdinalIgnoreCase);

    private static bool TryReadUserInfo(string userInfo, string bucket, string key, out S3Address? parsed)
    {
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        var (id, secret) = colon < 0 ? ("", "") : (Unescape(userInfo[..colon]), Unescape(userInfo[(colon + 1)..^1]));
        parsed = userInfo.Length == 0 ? new S3Address(bucket, key, null, null, null)
            : colon < 0 && userInfo.Length > 1 ? new S3Address(bucket, key, userInfo[..^1], null, null)
            : id.Length > 0 && secret.Length > 0 ? new S3Address(bucket, key, null, id, secret)
            : null;
        return parsed is not null;
    }

    // Clients take "." and ".." and a first slash out of addresses, so an object of such a name could not be reached.
    private static string WhyNotKey(string key) =>
        key.StartsWith('/') ? "has two slashes after the bucket; S3's clients cannot send a key that begins with one"
        : key.EndsWith('/') ? "ends with a slash, as a folder; add the name of the file"
        : key.Split('/').Any(part => part is "." or "..") ? "has '.' or '..' between slashes, which S3's clients cannot send"
        : Encoding.UTF8.GetByteCount(key) > MaxKeyBytes ? $"has a key of more than {MaxKeyBytes} bytes, S3's limit"
        : "";

    private static string Unescape(string text) => Uri.UnescapeDataString(text);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$")]
    private static partial Regex BucketName();

    [GeneratedRegex("^[^:@/?#]+:(?:[A-Za-z0-9+/]|%2[BbFf]){40}@(?=[A-Za-z0-9][A-Za-z0-9._-]+/)")]
    private static partial Regex AwsKeys();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    private static partial Regex ProfileName();

    // AKIA…, and what other stores make: long runs of letters and digits.
    [GeneratedRegex("^(?:[A-Z0-9]{16,}|(?=.*[0-9])[A-Za-z0-9]{16,})$")]
    private static partial Regex KeyId();
}
