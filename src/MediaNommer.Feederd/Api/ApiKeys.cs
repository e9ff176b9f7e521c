using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using MediaNommer.Core.Settings;

namespace MediaNommer.Feederd.Api;

/// <summary>The API keys of this feederd, as hashes: all of one length, so that comparing them tells nothing about a key.</summary>
internal sealed class ApiKeys(FeederdOptions options)
{
    /// <summary>The hash of each key; where no key is asked for, one that stands for everybody.</summary>
    public IReadOnlyList<byte[]> Hashes { get; } = options.ApiKeys.Count == 0 ? [[]] : [.. options.ApiKeys.Select(Hash)];

    /// <summary>True when requests must show a key.</summary>
    public bool AreAskedFor => options.ApiKeys.Count > 0;

    /// <summary>The hash of the key that a request shows, or null when it shows none that is ours.</summary>
    public byte[]? Find(HttpRequest request)
    {
        if (!AreAskedFor)
            return Hashes[0];
        byte[]? found = null;
        foreach (var shown in KeysIn(request).Select(Hash))
        {
            foreach (var known in Hashes)
                found = CryptographicOperations.FixedTimeEquals(shown, known) ? known : found;
        }

        return found;
    }

    /// <summary>True when the request has a bearer token, which no browser sends of itself.</summary>
    public static bool HasBearer(HttpRequest request) => Parse(request) is { Scheme: var scheme } && IsBearer(scheme);

    private static IEnumerable<string> KeysIn(HttpRequest request)
    {
        if (Parse(request) is not { } value)
            return [];
        if (IsBearer(value.Scheme))
            return [value.Parameter!];
        return value.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) ? SplitBasic(value.Parameter!) : [];
    }

    private static bool IsBearer(string scheme) => scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    private static AuthenticationHeaderValue? Parse(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization.ToString(), out var value) && value.Parameter is not null
            ? value
            : null;

    /// <summary>User name and password: old clients put the key into either.</summary>
    private static string[] SplitBasic(string parameter)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(parameter.Length)];
        return Convert.TryFromBase64String(parameter, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2)
            : [];
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
