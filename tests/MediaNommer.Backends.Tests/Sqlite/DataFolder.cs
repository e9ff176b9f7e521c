namespace MediaNommer.Backends.Tests.Sqlite;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nommer-backends-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
