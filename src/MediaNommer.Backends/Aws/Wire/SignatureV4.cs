using System.Globalization;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Auth;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>
/// Signs requests that carry everything in their body, as those of SQS and EC2 do. The canonical request is made here,
/// the signature by AWSSDK.Core.
/// </summary>
/// <seealso href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"/>
internal static class SignatureV4
{
    /// <summary>Adds the date, the session token if there is one, and the signature. The address must have no query.</summary>
    public static void Sign(
        HttpRequestMessage request, byte[] body, ImmutableCredentials keys, string region, string service,
        DateTimeOffset now)
    {
        var headers = request.Headers;
        headers.TryAddWithoutValidation("X-Amz-Date", now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        if (keys.UseToken)
            headers.TryAddWithoutValidation("X-Amz-Security-Token", keys.Token);

        var signed = SignedHeaders(request);
        var names = string.Join(';', signed.Select(header => header.Name));
        var canonical = string.Join('\n',
            request.Method.Method, request.RequestUri!.AbsolutePath, "",
            string.Concat(signed.Select(header => $"{header.Name}:{header.Value}\n")), names,
            Convert.ToHexStringLower(SHA256.HashData(body)));
        var result = AWS4Signer.ComputeSignature(keys, region, now.UtcDateTime, service, names, canonical);
        headers.TryAddWithoutValidation("Authorization", result.ForAuthorizationHeader);
    }

    /// <summary>The Host header as HttpClient sends it: the port only where it is not the scheme's own.</summary>
    public static string HostOf(Uri endpoint)
    {
        var host = endpoint.HostNameType == UriHostNameType.IPv6 ? endpoint.Host : endpoint.IdnHost;
        return (endpoint.IsDefaultPort ? host : $"{host}:{endpoint.Port}").ToLowerInvariant();
    }

    // Every header that the request has by now; those that are added while it is sent are not part of the signature.
    private static List<(string Name, string Value)> SignedHeaders(HttpRequestMessage request) =>
    [
        .. request.Headers.Concat(request.Content?.Headers.AsEnumerable() ?? [])
            .Select(header => (Name: header.Key.ToLowerInvariant(), Value: string.Join(',', header.Value.Select(value => value.Trim()))))
            .Where(header => header.Name != "content-length")
            .Append(("host", HostOf(request.RequestUri!)))
            .OrderBy(header => header.Item1, StringComparer.Ordinal),
    ];
}
