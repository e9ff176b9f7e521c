using Microsoft.Data.Sqlite;

namespace MediaNommer.Backends.Sqlite;

/// <summary>One connection with its prepared statements, for one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> prepared = [];
    private Durability? durability;

    /// <summary>Opens the file, and makes it when it is not there.</summary>
    public SqliteSession(string path)
    {
        // Busy files are waited for by SQLite itself (busy_timeout); the provider's own retries only sleep longer.
        connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = 1,
        }.ToString());
        connection.Open();
        Run("PRAGMA busy_timeout=3000; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000");
    }

    /// <summary>Runs statements that are needed once.</summary>
    public void Run(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Says what the next transactions must survive; to be called between two of them.</summary>
    public void Require(Durability wanted)
    {
        if (durability == wanted)
            return;
        Run(wanted == Durability.PowerCut ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        durability = wanted;
    }

    /// <summary>Runs a prepared statement; its parameters are ?1, ?2, ….</summary>
    /// <returns>How many rows it changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Runs a prepared query and reads all of it.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> values)
    {
        using var reader = Read(sql, values);
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(map(reader));
        return rows;
    }

    /// <summary>Runs a prepared query for its first row.</summary>
    /// <returns>The default of <typeparamref name="T"/> when there is no row.</returns>
    public T? First<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> values)
    {
        using var reader = Read(sql, values);
        return reader.Read() ? map(reader) : default;
    }

    /// <summary>Runs a prepared query; the caller reads and disposes.</summary>
    public SqliteDataReader Read(string sql, params ReadOnlySpan<object?> values) =>
        Prepare(sql, values).ExecuteReader();

    public void Dispose()
    {
        foreach (var command in prepared.Values)
            command.Dispose();
        connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i + 1}" });
            prepared[sql] = command;
        }

        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}
