using System.Collections;

namespace MediaNommer.Core.Settings;

/// <summary>
/// Reads the settings: <c>nommer.json</c>, over it the environment (<c>NOMMER__FEEDERD__PORT</c>), over it the command
/// line.
/// </summary>
public static class SettingsLoader
{
    /// <summary>The file that is read when no other is named.</summary>
    public const string DefaultFile = "nommer.json";

    private const string EnvironmentPrefix = "NOMMER__";
    private const string EnvironmentSeparator = "__";
    private const string KeySeparator = ":";

    /// <summary>Reads and checks the settings.</summary>
    /// <param name="configPath">
    /// The file to read; null reads <see cref="DefaultFile"/> in the current folder or else in the data folder, if there
    /// is one.
    /// </param>
    /// <param name="commandLineOverrides">Keys such as <c>Feederd:Port</c> with their values; null values are passed over.</param>
    /// <param name="environment">The environment's variables, as <see cref="Environment.GetEnvironmentVariables()"/> gives them.</param>
    /// <exception cref="SettingsException">Something is wrong; holds every error.</exception>
    public static NommerOptions Load(
        string? configPath, IEnumerable<KeyValuePair<string, string?>> commandLineOverrides, IDictionary environment)
    {
        var variables = SettingsNode.FromPairs(ReadEnvironment(environment), EnvironmentSeparator);
        var overrides = ToNode(commandLineOverrides);
        if (FindFile(configPath, overrides, variables) is not { } file)
            return Merge(configPath ?? "", new SettingsNode(), variables, overrides);
        var options = Merge(file, SettingsNode.FromFile(file), variables, overrides);
        options.ConfigFile = Path.GetFullPath(file);
        return options;
    }

    /// <summary>Reads and checks settings whose file came from elsewhere.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="commandLineOverrides">As for <see cref="Load(string?, IEnumerable{KeyValuePair{string, string?}}, IDictionary)"/>.</param>
    /// <param name="environment">The same.</param>
    /// <exception cref="SettingsException">Something is wrong; holds every error.</exception>
    public static NommerOptions Load(
        string name, byte[] content, IEnumerable<KeyValuePair<string, string?>> commandLineOverrides,
        IDictionary environment) => Merge(
        name, SettingsNode.FromJson(name, content),
        SettingsNode.FromPairs(ReadEnvironment(environment), EnvironmentSeparator), ToNode(commandLineOverrides));

    private static SettingsNode ToNode(IEnumerable<KeyValuePair<string, string?>> commandLine) =>
        SettingsNode.FromPairs(commandLine.Where(pair => pair.Value is not null), KeySeparator);

    private static NommerOptions Merge(
        string fileName, SettingsNode file, SettingsNode variables, SettingsNode overrides)
    {
        var options = new NommerOptions();
        var errors = new List<string>();
        var binders = new List<SettingsBinder>();
        Bind(fileName, file);
        Bind("environment", variables);
        Bind("command line", overrides);
        PolicyDefaults.Apply(options, key => binders.Any(binder => binder.GaveKey(key)));
        errors.AddRange(SettingsValidator.Validate(options).Select(WithSources));
        if (errors.Count > 0)
            throw new SettingsException(errors);
        MakeFoldersAbsolute(options);
        return options;

        void Bind(string source, SettingsNode values)
        {
            binders.Add(new SettingsBinder(source, errors));
            binders[^1].Bind(values, options, "");
        }

        string WithSources(string error)
        {
            var names = binders.Where(binder => binder.Gave(error)).Select(binder => binder.Source).ToList();
            return names.Count == 0 ? error : $"{error} ({string.Join(", ", names)})";
        }
    }

    // Workers that are launched from here may have another current folder, and must mean the same.
    private static void MakeFoldersAbsolute(NommerOptions options)
    {
        options.DataDir = Path.GetFullPath(options.DataDir);
        options.Nommerd.WorkDir = Absolute(options.Nommerd.WorkDir);
        options.Nommerd.PluginDir = Absolute(options.Nommerd.PluginDir);

        static string Absolute(string folder) => folder.Length == 0 ? "" : Path.GetFullPath(folder);
    }

    private static string? FindFile(string? configPath, SettingsNode overrides, SettingsNode variables)
    {
        if (configPath is not null)
            return File.Exists(configPath) ? configPath : throw new SettingsException([$"There is no settings file {configPath}."]);
        if (File.Exists(DefaultFile))
            return DefaultFile;
        var key = nameof(NommerOptions.DataDir);
        var dataDir = overrides.Children.GetValueOrDefault(key)?.Value ?? variables.Children.GetValueOrDefault(key)?.Value
            ?? new NommerOptions().DataDir;
        var inDataDir = Path.Combine(dataDir, DefaultFile);
        return File.Exists(inDataDir) ? inDataDir : null;
    }

    private static IEnumerable<KeyValuePair<string, string?>> ReadEnvironment(IDictionary environment)
    {
        foreach (DictionaryEntry entry in environment)
        {
            if (entry.Key is string name && name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
                yield return new(name[EnvironmentPrefix.Length..], entry.Value as string);
        }
    }
}
