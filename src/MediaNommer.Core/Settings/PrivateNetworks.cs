using System.Net;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Settings;

/// <summary>Reads <see cref="StorageOptions.PrivateNetworks"/>.</summary>
public static class PrivateNetworks
{
    /// <summary>The entry that lets jobs reach every private network and this machine.</summary>
    public const string All = "all";

    /// <summary>The entry that lets jobs reach none.</summary>
    public const string None = "none";

    // In the data folder: what feederd has decided.
    private const string Decision = "private-networks";

    /// <summary>
    /// The ranges that jobs may reach; null for all. Where the setting says nothing: what feederd decided, if this is a worker
    /// with its data folder; else all, as long as feederd can only be reached from its own machine and asks for no key, so
    /// that who submits jobs could reach them anyway; else none.
    /// </summary>
    public static IReadOnlyList<IPNetwork>? AllowedBy(NommerOptions options) =>
        Entries(options) is var entries && entries.Any(entry => Is(entry, All)) ? null : [.. entries.Select(Parse).OfType<IPNetwork>()];

    /// <summary>
    /// Makes what follows from feederd's settings explicit, and writes it down for workers with its data folder: they may not
    /// know where feederd listens nor its keys.
    /// </summary>
    public static void DecideFor(NommerOptions options)
    {
        if (options.Storage.PrivateNetworks.Count == 0)
            options.Storage.PrivateNetworks = [Default(options)];
        var path = Path.Combine(Path.GetFullPath(options.DataDir), Decision);
        try
        {
            PrivateFolder.Make(Path.GetDirectoryName(path)!);
            PrivateFolder.MakeFile(path + ".new");
            File.WriteAllLines(path + ".new", options.Storage.PrivateNetworks);
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What keeps feederd from running is said by the store; a full disk does not.
        }
    }

    /// <summary>True for what an entry may be.</summary>
    public static bool IsValid(string entry) => Is(entry, All) || Is(entry, None) || Parse(entry) is not null;

    private static IReadOnlyList<string> Entries(NommerOptions options)
    {
        if (options.Storage.PrivateNetworks is { Count: > 0 } given)
            return given;
        try
        {
            return [.. File.ReadLines(Path.Combine(options.DataDir, Decision)).Where(IsValid)];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [Default(options)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [None];
        }
    }

    private static string Default(NommerOptions options) =>
        SettingsValidator.IsLoopback(options.Feederd.Host) && options.Feederd.ApiKeys.Count == 0 ? All : None;

    private static bool Is(string entry, string word) => entry.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static IPNetwork? Parse(string entry) =>
        IPNetwork.TryParse(entry, out var range) ? range
        : IPAddress.TryParse(entry, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
