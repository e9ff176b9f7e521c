namespace MediaNommer.Core.Plugins;

/// <summary>A user's own library cannot be used.</summary>
/// <param name="file">The file or folder that is to blame.</param>
/// <param name="reason">Why, and what to do; goes on after "is not used:", without a full stop.</param>
/// <param name="cause">What the library threw, if that is it.</param>
public sealed class PluginException(string file, string reason, Exception? cause = null) : Exception(reason, cause)
{
    /// <summary>The file or folder that is to blame.</summary>
    public string File { get; } = file;

    /// <summary>True when nothing is wrong with the library but that it is a storage, where a nommer is looked for.</summary>
    public bool IsOfAnotherKind { get; init; }
}
