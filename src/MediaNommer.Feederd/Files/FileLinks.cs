using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MediaNommer.Core.Storage;
using MediaNommer.Feederd.Api;

namespace MediaNommer.Feederd.Files;

/// <summary>Marks an endpoint that serves one file, to whoever shows an API key or a link that is signed for that file.</summary>
internal sealed class OpenToLinks;

/// <summary>
/// Links to one output each that need no API key for a while: what a player on a page, or a colleague, can use. They end
/// with their time, with the API key they were made with, and with feederd's secret key.
/// </summary>
internal sealed class FileLinks(SecretBox secrets, ApiKeys keys, TimeProvider clock)
{
    private const string Expires = "expires";
    private const string Signature = "signature";

    /// <summary>The query that opens the file until then.</summary>
    public string QueryFor(HttpContext context, string jobId, string name, DateTimeOffset until)
    {
        var expires = until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"?{Expires}={expires}&{Signature}={Sign(jobId, name, expires, keys.Find(context.Request) ?? [])}";
    }

    /// <summary>True when the request shows a link for the file that it asks for.</summary>
    /// <exception cref="ApiException">The link has expired.</exception>
    public bool Opens(HttpRequest request)
    {
        var (expires, signature) = (request.Query[Expires].ToString(), request.Query[Signature].ToString());
        if (signature.Length == 0 || !long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var until))
            return false;
        var (jobId, name) = ((string)request.RouteValues["id"]!, (string)request.RouteValues["name"]!);
        var isSigned = keys.Hashes.Any(hash => CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Sign(jobId, name, expires, hash)), Encoding.ASCII.GetBytes(signature)));
        if (isSigned && until < clock.GetUtcNow().ToUnixTimeSeconds())
            throw new ApiException(
                StatusCodes.Status403Forbidden, ApiErrors.LinkExpired,
                $"This link has expired. Whoever has an API key gets a new one from POST /v1/jobs/{jobId}/link.");
        return isSigned;
    }

    private string Sign(string jobId, string name, string expires, byte[] keyHash) =>
        Convert.ToHexStringLower(secrets.Sign($"file-link\n{jobId}\n{name}\n{expires}\n{Convert.ToHexStringLower(keyHash)}"));
}
