namespace MediaNommer.Backends.Sqlite;

/// <summary>
/// What a committed write survives (see <see href="https://www.sqlite.org/pragma.html#pragma_synchronous"/>). Writes are
/// kept in their order: whoever loses one to a power cut loses none that was committed before it was synced.
/// </summary>
internal enum Durability
{
    /// <summary>The death of any process, but not of the machine (<c>synchronous=NORMAL</c>).</summary>
    Crash,

    /// <summary>A power cut, too (<c>synchronous=FULL</c>): the disk is flushed before anybody is told.</summary>
    PowerCut,
}
