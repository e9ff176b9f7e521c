namespace MediaNommer.Core.Jobs.Requests;

/// <summary>Knows what users' own nommers are called.</summary>
public interface INommerNames
{
    /// <summary>Their short names, at this moment.</summary>
    IReadOnlyCollection<string> All { get; }

    /// <summary>The short name of the nommer whose class has this name, full or short, or null.</summary>
    string? OfClass(string className);
}
