using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>A request as its signature sees it. Names of headers are in small letters.</summary>
internal sealed record SignedRequest(
    string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>
/// Signature Version 4, computed again from the description on
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and not from the product's
/// code, so that a mistake there cannot hide.
/// </summary>
internal sealed class SignatureCheck(string region, string service, TimeProvider clock)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Stamp = "yyyyMMdd'T'HHmmss'Z'";

    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    /// <summary>Checks a request; throws what EC2 answers when something is wrong.</summary>
    /// <param name="request">The request.</param>
    /// <param name="find">The keys of an id, or null.</param>
    public AccessKeys Check(SignedRequest request, Func<string, AccessKeys?> find)
    {
        var fields = Fields(request.Headers.GetValueOrDefault("authorization"));
        var (credential, names) = (fields["Credential"].Split('/'), fields["SignedHeaders"].Split(';'));
        var stamp = request.Headers.GetValueOrDefault("x-amz-date") ?? "";
        CheckTime(stamp);
        if (credential is not [var id, var date, var where, var what, "aws4_request"] || date != stamp[..8]
            || where != region || what != service || find(id) is not { } keys)
            throw Ec2Error.AuthFailure();
        // Whatever is not signed could be changed on the way.
        if (MustBeSigned(request).Except(names).Any() || names.Except(request.Headers.Keys).Any())
            throw Ec2Error.AuthFailure();
        if (request.Headers.GetValueOrDefault("x-amz-security-token") != keys.Token
            || Compute(request, names, keys.Secret, region, service) != fields["Signature"])
            throw Ec2Error.AuthFailure();
        return keys;
    }

    /// <summary>The signature that a request should have; its <c>x-amz-date</c> says when it was made.</summary>
    public static string Compute(SignedRequest request, string[] names, string secret, string region, string service)
    {
        var canonical = string.Join('\n',
            request.Method, CanonicalPath(request.Path), CanonicalQuery(request.Query),
            string.Concat(names.Select(name => $"{name}:{Squeeze(request.Headers[name])}\n")),
            string.Join(';', names), Hex(SHA256.HashData(request.Body)));
        var stamp = request.Headers["x-amz-date"];
        string[] scope = [stamp[..8], region, service, "aws4_request"];
        var text = string.Join('\n',
            Algorithm, stamp, string.Join('/', scope), Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));
        var key = scope.Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), Mac);
        return Hex(Mac(key, text));
    }

    private static Dictionary<string, string> Fields(string? header)
    {
        if (header is null)
            throw new Ec2Error("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
        var fields = header.StartsWith(Algorithm + " ", StringComparison.Ordinal)
            ? header[Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries)
                .Select(field => field.Split('=', 2)).Where(field => field.Length == 2)
                .ToDictionary(field => field[0], field => field[1])
            : [];
        foreach (var name in (string[])["Credential", "SignedHeaders", "Signature"])
        {
            if (!fields.ContainsKey(name))
                throw new Ec2Error("IncompleteSignature", $"Authorization header requires '{name}' parameter.");
        }

        return fields;
    }

    private void CheckTime(string stamp)
    {
        if (!DateTimeOffset.TryParseExact(
                stamp, Stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            throw new Ec2Error("IncompleteSignature", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
        if ((clock.GetUtcNow() - time).Duration() > MaxSkew)
            throw new Ec2Error("RequestExpired", "Request has expired.");
    }

    private static IEnumerable<string> MustBeSigned(SignedRequest request) => request.Headers.Keys.Where(
        name => name is "host" or "content-type" || name.StartsWith("x-amz-", StringComparison.Ordinal));

    // Every part is encoded once more than on the wire; only S3 does without.
    private static string CanonicalPath(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string CanonicalQuery(string query) => string.Join('&', query.TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2).Select(WebUtility.UrlDecode).Select(part => Uri.EscapeDataString(part!)).ToArray())
        .Select(pair => (Name: pair[0], Value: pair.ElementAtOrDefault(1) ?? ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Squeeze(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}

/// <summary>Keys that open the emulated cloud.</summary>
/// <param name="Id">The access key id.</param>
/// <param name="Secret">The secret.</param>
/// <param name="Token">The session token of a role's keys.</param>
/// <param name="InstanceId">The instance whose role they are, or null for those of the account.</param>
internal sealed record AccessKeys(string Id, string Secret, string? Token = null, string? InstanceId = null);
