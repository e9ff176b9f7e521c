namespace MediaNommer.Nommerd.Nommers;

/// <summary>The nommers that this worker has, by short name.</summary>
internal sealed class NommerCatalog(IEnumerable<INommer> nommers)
{
    private readonly Dictionary<string, INommer> byName =
        nommers.ToDictionary(nommer => nommer.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The short names, in the order of the alphabet.</summary>
    public IReadOnlyList<string> Names => [.. byName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The nommer with that short name, or null.</summary>
    public INommer? Find(string name) => byName.GetValueOrDefault(name);
}
