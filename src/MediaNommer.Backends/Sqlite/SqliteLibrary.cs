using System.Runtime.InteropServices;
using MediaNommer.Core.Jobs;
using SQLitePCL;

namespace MediaNommer.Backends.Sqlite;

/// <summary>Loads the system's SQLite library: no copy of it is shipped, so that the system's updates reach it.</summary>
internal static class SqliteLibrary
{
    private static readonly string[] Names =
        ["libsqlite3.so.0", "libsqlite3.so", "libsqlite3.dylib", "sqlite3.dll", "winsqlite3.dll"];

    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Makes sure that SQLite can be used.</summary>
    /// <exception cref="BackendUnavailableException">The system has no SQLite library.</exception>
    public static void Require()
    {
        if (!Loaded.Value)
            throw new BackendUnavailableException(
                "The embedded store needs the system's SQLite library, and it was not found. Install it, on Debian and "
                + "Ubuntu with: apt-get install libsqlite3-0");
    }

    private static bool Load()
    {
        var library = IntPtr.Zero;
        if (!Array.Exists(Names, name => NativeLibrary.TryLoad(name, out library)))
            return false;
        NativeLibrary.SetDllImportResolver(
            typeof(SQLite3Provider_e_sqlite3).Assembly,
            (name, _, _) => name == "e_sqlite3" ? library : IntPtr.Zero);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }
}
