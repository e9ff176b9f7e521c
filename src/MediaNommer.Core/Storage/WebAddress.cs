using System.Diagnostics.CodeAnalysis;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Reads addresses that name a server. .NET takes some host names for valid that no connection can be made to (those
/// with invisible signs, for example) and throws only when it tries.
/// </summary>
internal static class WebAddress
{
    /// <summary>False for what is no address, or has a host name that cannot be.</summary>
    public static bool TryParse(string address, [NotNullWhen(true)] out Uri? uri) =>
        Uri.TryCreate(address, UriKind.Absolute, out uri) && uri.Host.Length > 0 && HasPossibleHost(uri);

    private static bool HasPossibleHost(Uri uri)
    {
        try
        {
            return uri.HostNameType != UriHostNameType.Dns || Uri.CheckHostName(uri.IdnHost) != UriHostNameType.Unknown;
        }
        catch (UriFormatException)
        {
            return false;
        }
    }
}
