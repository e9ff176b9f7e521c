using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MediaNommer.Tests.Feederd;

// The example of docs/api.md; a test holds the two together.
internal static class WebhookSignature
{
    // docs/api.md from here
    public static bool IsGenuine(string secret, string timestamp, byte[] body, string signature, DateTimeOffset now)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(now.ToUnixTimeSeconds() - seconds) > 300)
            return false;
        byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp + "."), .. body];
        var expected = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(signature));
    }
    // to here
}
