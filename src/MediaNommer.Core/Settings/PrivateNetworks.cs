using System.Net;

namespace MediaNommer.Core.Settings;

/// <summary>Reads <see cref="StorageOptions.PrivateNetworks"/>.</summary>
internal static class PrivateNetworks
{
    /// <summary>The entry that lets jobs reach every private network and this machine.</summary>
    public const string All = "all";

    /// <summary>The entry that lets jobs reach none.</summary>
    public const string None = "none";

    /// <summary>
    /// The ranges that jobs may reach; null for all. Where the setting says nothing: all, as long as feederd can only be
    /// reached from its own machine and asks for no key, so that who submits jobs could reach them anyway; else none.
    /// </summary>
    public static IReadOnlyList<IPNetwork>? AllowedBy(NommerOptions options) =>
        options.Storage.PrivateNetworks is { Count: > 0 } given
            ? given.Any(entry => Is(entry, All)) ? null : [.. given.Select(Parse).OfType<IPNetwork>()]
            : SettingsValidator.IsLoopback(options.Feederd.Host) && options.Feederd.ApiKeys.Count == 0 ? null : [];

    /// <summary>True for what an entry may be.</summary>
    public static bool IsValid(string entry) => Is(entry, All) || Is(entry, None) || Parse(entry) is not null;

    private static bool Is(string entry, string word) => entry.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static IPNetwork? Parse(string entry) =>
        IPNetwork.TryParse(entry, out var range) ? range
        : IPAddress.TryParse(entry, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
