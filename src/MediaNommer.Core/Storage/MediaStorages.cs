using System.Security.Cryptography;
using System.Text;

namespace MediaNommer.Core.Storage;

/// <summary>Finds the storage for an address by its scheme, among those that the settings allow.</summary>
public sealed class MediaStorages
{
    private readonly Dictionary<string, IMediaStorage> byScheme;

    /// <summary>Makes one.</summary>
    /// <param name="storages">Every storage that was built in or configured.</param>
    /// <param name="allowedSchemes">The schemes that jobs may use.</param>
    public MediaStorages(IEnumerable<IMediaStorage> storages, IEnumerable<string> allowedSchemes)
    {
        var all = storages
            .SelectMany(storage => storage.Schemes, (storage, scheme) => (scheme, storage))
            .ToDictionary(pair => pair.scheme, pair => pair.storage, StringComparer.OrdinalIgnoreCase);
        byScheme = allowedSchemes
            .Where(all.ContainsKey)
            .ToDictionary(scheme => scheme, scheme => all[scheme], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The schemes that can be used, in the order of the alphabet.</summary>
    public IReadOnlyList<string> Schemes => [.. byScheme.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The storage that serves an address.</summary>
    /// <exception cref="MediaStorageException">There is none for its scheme.</exception>
    public IMediaStorage For(string address)
    {
        var scheme = MediaUri.SchemeOf(address);
        return byScheme.TryGetValue(scheme, out var storage)
            ? storage
            : throw new MediaStorageException(
                MediaStorageErrors.UnknownScheme,
                $"Nothing here can read or write '{scheme}://'; known: {string.Join(", ", Schemes)} (setting Storage:StorageBackends).");
    }

    /// <summary>True when sources of a scheme are read where they are; see <see cref="IMediaStorage.ReadsInPlace"/>.</summary>
    public bool ReadsInPlace(string scheme) => byScheme.TryGetValue(scheme, out var storage) && storage.ReadsInPlace;

    /// <summary>
    /// What an address stops answering together with: of a file its mount point or folder, else the address itself. Tells
    /// it from the name alone, without a look that might hang.
    /// </summary>
    /// <exception cref="MediaStorageException">Nothing serves its scheme, or it is no address.</exception>
    public string PlaceOf(string address)
    {
        if (For(address) is not FileStorage)
            return address;
        var path = FilePath.Parse(address, MediaStorageErrors.SourceUnreadable);
        return Mounts.Above(path) ?? Path.GetDirectoryName(path) ?? path;
    }

    /// <summary>
    /// A short text that is the same for every spelling of a destination, and tells nothing of it. Jobs that write to the
    /// same place are found by it.
    /// </summary>
    public string KeyOf(string dest) => KeyFrom(For(dest).IdentityOf(dest));

    /// <summary>The same by the text of the address alone, for a destination whose file system does not answer.</summary>
    public string KeyOfText(string dest) => KeyFrom(For(dest) is FileStorage ? FileStorage.TextIdentityOf(dest) : dest);

    /// <summary>
    /// Refuses a destination that is the source itself under another name, as links make it: the output would take the
    /// source's place.
    /// </summary>
    /// <exception cref="MediaStorageException">They are one file.</exception>
    public void RequireApart(string source, string dest)
    {
        if (For(source) is FileStorage && For(dest) is FileStorage)
            FileStorage.RequireApart(source, dest);
    }

    private static string KeyFrom(string identity) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)).AsSpan(0, 16));
}
