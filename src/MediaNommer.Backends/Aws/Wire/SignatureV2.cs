using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>Signs requests of the query protocol for the one service that knows no newer way: SimpleDB.</summary>
/// <seealso href="https://docs.aws.amazon.com/AmazonSimpleDB/latest/DeveloperGuide/HMACAuth.html"/>
internal static class SignatureV2
{
    /// <summary>The body of a POST that carries the parameters, who asks, when, and the signature over all of it.</summary>
    public static byte[] SignedBody(QueryForm form, Uri endpoint, ImmutableCredentials keys, DateTimeOffset now)
    {
        // A copy: the same form is signed anew for every try.
        var signed = new QueryForm(form)
            .With("AWSAccessKeyId", keys.AccessKey)
            .With("SignatureVersion", "2")
            .With("SignatureMethod", "HmacSHA256")
            .With("Timestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            .With("SecurityToken", keys.UseToken ? keys.Token : null);
        return signed.With("Signature", Of("POST", endpoint, signed, keys.SecretKey)).ToBody();
    }

    /// <summary>The signature of a request.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="endpoint">Where it goes; its query does not count.</param>
    /// <param name="form">Its parameters, all but the signature.</param>
    /// <param name="secret">The secret access key.</param>
    public static string Of(string method, Uri endpoint, QueryForm form, string secret)
    {
        var text = $"{method}\n{SignatureV4.HostOf(endpoint)}\n{endpoint.AbsolutePath}\n{form.ToQuery()}";
        return Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));
    }
}
