namespace MediaNommer.Core.Storage;

/// <summary>What is at a destination.</summary>
internal enum Occupant
{
    /// <summary>Nothing, as far as can be told.</summary>
    Nothing,

    /// <summary>An output that an earlier try or attempt of the same job has put there.</summary>
    Ours,

    /// <summary>Something else.</summary>
    Other,
}
