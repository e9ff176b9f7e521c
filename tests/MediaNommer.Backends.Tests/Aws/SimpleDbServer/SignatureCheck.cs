using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>Whose requests are taken.</summary>
internal sealed record SdbKeys(string Id = "AKIDEXAMPLE", string Secret = "secret/+key=", string Token = "");

/// <summary>Signature Version 2 as AWS's Developer Guide describes it, written anew for the server's side.</summary>
internal static class SignatureCheck
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(15);

    public static void Require(
        SdbRequest request, string method, string host, string path, SdbKeys keys, DateTimeOffset now)
    {
        if (request["AWSAccessKeyId"] is not { } id)
            throw new SdbFault("AuthMissingFailure", 403, "AWS was not able to authenticate the request: access keys are missing.");
        if (id != keys.Id || (request["SecurityToken"] ?? "") != keys.Token)
            throw new SdbFault("InvalidClientTokenId", 403, "The AWS Access Key Id you provided does not exist in our records.");
        if (request.Need("SignatureVersion") != "2" || request.Need("SignatureMethod") != "HmacSHA256")
            throw SdbFault.Invalid("Only HmacSHA256 of version 2 is known.");
        if (!DateTimeOffset.TryParse(request.Need("Timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            || (now - time).Duration() > MaxAge)
            throw new SdbFault("RequestExpired", 400, "Request has expired.");
        if (request.Need("Signature") != Sign(request, method, host, path, keys.Secret))
            throw new SdbFault("SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided.");
    }

    private static string Sign(SdbRequest request, string method, string host, string path, string secret)
    {
        var pairs = request.Parameters.Where(pair => pair.Key != "Signature")
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{Encode(pair.Key)}={Encode(pair.Value)}");
        var text = $"{method}\n{host.ToLowerInvariant()}\n{path}\n{string.Join("&", pairs)}";
        using var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(secret));
        return Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(text)));
    }

    private static string Encode(string text)
    {
        var encoded = new StringBuilder();
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || "-_.~".Contains((char)one))
                encoded.Append((char)one);
            else
                encoded.Append('%').Append(one.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }
}
