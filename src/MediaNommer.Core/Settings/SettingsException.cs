namespace MediaNommer.Core.Settings;

/// <summary>The settings are wrong. Holds every error that was found, not only the first.</summary>
public sealed class SettingsException : Exception
{
    /// <summary>Makes one of all errors, at least one.</summary>
    public SettingsException(IReadOnlyList<string> errors)
        : base("The settings are wrong:\n" + string.Join('\n', errors.Select(error => "  - " + error)))
    {
        Errors = errors;
    }

    /// <summary>One sentence or two for each error: key, value (unless it is secret), what is allowed.</summary>
    public IReadOnlyList<string> Errors { get; }
}
