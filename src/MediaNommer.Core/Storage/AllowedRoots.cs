using MediaNommer.Core.Settings;

namespace MediaNommer.Core.Storage;

/// <summary>The folders and the beginnings of addresses that jobs are confined to (<c>Storage:AllowedRoots</c>).</summary>
internal sealed class AllowedRoots
{
    /// <summary>The name of the setting.</summary>
    public const string Setting = $"{nameof(NommerOptions.Storage)}:{nameof(StorageOptions.AllowedRoots)}";

    private readonly IReadOnlyList<string> addresses;

    /// <summary>Takes the entries of the setting.</summary>
    public AllowedRoots(IReadOnlyList<string> roots)
    {
        IsLimited = roots.Count > 0;
        Folders = [.. roots.Where(root => MediaUri.SchemeOf(root) == "file").Select(root => FilePath.Parse(root, MediaStorageErrors.NotAllowed))];
        addresses = [.. roots.Where(root => MediaUri.SchemeOf(root) != "file")];
    }

    /// <summary>True for what an entry of the setting may be.</summary>
    public static bool IsValid(string root) => MediaUri.SchemeOf(root) switch
    {
        "file" => Path.IsPathFullyQualified(root) || root.StartsWith("file:///", StringComparison.OrdinalIgnoreCase),
        S3Address.Scheme => root.Length > "s3://".Length && !root.Contains('@'),
        _ => WebAddress.TryParse(root, out var uri) && uri is { UserInfo: "", Query: "", Fragment: "" },
    };

    /// <summary>False when jobs may use any address.</summary>
    public bool IsLimited { get; }

    /// <summary>The folders among them.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>Why an address that names a server or a bucket may not be used, in a sentence, or null.</summary>
    public string? RefusalOf(string address) =>
        !IsLimited || addresses.Any(root => IsBelow(address, root))
            ? null
            : $"it is outside of what {Setting} allows.";

    private static bool IsBelow(string address, string root) =>
        MediaUri.SchemeOf(root) == S3Address.Scheme ? IsBelowS3(address, root) : IsBelowWeb(address, root);

    // "s3://bucket/videos" means the folder videos, as for paths.
    private static bool IsBelowS3(string address, string root)
    {
        if (MediaUri.SchemeOf(address) != S3Address.Scheme || !S3Address.TryParse(address, out var parts, out _))
            return false;
        var (bucket, folder) = root["s3://".Length..].Split('/', 2) is [var name, var rest] ? (name, rest) : (root["s3://".Length..], "");
        return parts.Bucket == bucket && IsInFolder(parts.Key, folder);
    }

    private static bool IsBelowWeb(string address, string root) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && Uri.TryCreate(root, UriKind.Absolute, out var allowed)
        && uri.Scheme == allowed.Scheme && uri.IdnHost.Equals(allowed.IdnHost, StringComparison.OrdinalIgnoreCase) && uri.Port == allowed.Port
        && !HidesSteps(uri) && IsInFolder(Decoded(uri), Decoded(allowed));

    private static string Decoded(Uri uri) => Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));

    // .NET takes /a/../b and /a/%2e%2e/b together; a server may take more for a step upwards.
    private static bool HidesSteps(Uri uri)
    {
        var path = uri.AbsolutePath;
        for (var round = 0; round < 3; round++)
            path = Uri.UnescapeDataString(path);
        return path.Split('/', '\\').Any(part => part.Split(';')[0] is "..");
    }

    private static bool IsInFolder(string name, string folder)
    {
        var prefix = folder.TrimEnd('/');
        return prefix.Length == 0 || (name.StartsWith(prefix, StringComparison.Ordinal) && (name.Length == prefix.Length || name[prefix.Length] == '/'));
    }
}
