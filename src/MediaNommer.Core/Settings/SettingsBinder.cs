using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace MediaNommer.Core.Settings;

/// <summary>
/// Puts the values of one source (a file, the environment, the command line) into the options, over what earlier
/// sources put there. Lists are replaced as a whole. Written here rather than taken from
/// Microsoft.Extensions.Configuration because that merges lists entry by entry, adds to defaults, ignores unknown keys,
/// stops at the first error and cannot say which source a wrong value came from.
/// </summary>
internal sealed class SettingsBinder(string source, ICollection<string> errors)
{
    private readonly HashSet<string> keys = [];

    /// <summary>Where its values come from.</summary>
    public string Source => source;

    /// <summary>True when this source gave a value for the key, for example <c>Feederd:Port</c>.</summary>
    public bool GaveKey(string key) => keys.Contains(key);

    /// <summary>True when this source gave the value that an error is about, which was found when all were merged.</summary>
    public bool Gave(string error)
    {
        var subject = error.Split(" is ")[0];
        return keys.Any(key => key == subject || key.StartsWith(subject + ":", StringComparison.Ordinal)
            || error.Contains(key + " ", StringComparison.Ordinal));
    }

    /// <summary>Binds a section.</summary>
    /// <param name="node">The values.</param>
    /// <param name="target">The options of the section.</param>
    /// <param name="path">The section's key with a colon behind it, or empty for the root.</param>
    public void Bind(SettingsNode node, object target, string path)
    {
        var properties = SettingsReference.PropertiesOf(target.GetType());
        foreach (var (name, child) in node.Children)
        {
            var property = properties.FirstOrDefault(candidate => candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (property is null)
                errors.Add(UnknownKey(name, path, properties));
            else if (!child.IsNull)
                BindProperty(child, target, property, path + property.Name);
        }
    }

    private void BindProperty(SettingsNode node, object target, PropertyInfo property, string key)
    {
        var type = property.PropertyType;
        var value = property.GetValue(target);
        keys.Add(key);
        if (value is IDictionary dictionary)
            BindNamed(node, dictionary, type.GetGenericArguments()[1], key);
        else if (value is IList && type.IsGenericType)
            property.SetValue(target, ReadList(node, property, key) ?? value);
        else if (SettingsReference.IsSection(type))
            BindSection(node, value!, key);
        else if (node.Value is null)
            errors.Add($"{key} must be one value, not a section or a list ({source}).");
        else if (Convert(node.Value, property, type, key) is { } converted)
            property.SetValue(target, converted);
    }

    private void BindSection(SettingsNode node, object target, string key)
    {
        if (node.Value is not null || node.IsList)
            errors.Add($"{key} is a section and takes no value of its own ({source}); its keys are "
                + $"{string.Join(", ", SettingsReference.PropertiesOf(target.GetType()).Select(property => property.Name))}.");
        else
            Bind(node, target, key + ":");
    }

    private void BindNamed(SettingsNode node, IDictionary target, Type entryType, string key)
    {
        if (node.Value is not null || node.IsList)
            errors.Add($"{key} must hold an object for each name ({source}).");
        foreach (var (name, child) in node.Children.Where(child => !child.Value.IsNull))
        {
            var entry = target[name] ??= Activator.CreateInstance(entryType)!;
            BindSection(child, entry, $"{key}:{name}");
        }
    }

    private IList? ReadList(SettingsNode node, PropertyInfo property, string key)
    {
        var entryType = property.PropertyType.GetGenericArguments()[0];
        var result = (IList)Activator.CreateInstance(property.PropertyType)!;
        if (node.Value is not null && entryType != typeof(string))
        {
            errors.Add($"{key} must be a list ({source}).");
            return null;
        }

        // One value is a list too, with commas between the entries: handy in the environment.
        var texts = node.Value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var text in texts ?? [])
            result.Add(text);
        foreach (var (name, child) in node.Children.OrderBy(child => int.TryParse(child.Key, out var index) ? index : int.MaxValue))
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                errors.Add($"{key} must be a list; '{name}' is no number of an entry ({source}).");
                return null;
            }

            if (entryType == typeof(string))
                AddText(result, child, $"{key}:{name}");
            else
                AddSection(result, child, entryType, $"{key}:{name}");
        }

        return result;
    }

    private void AddText(IList list, SettingsNode node, string key)
    {
        if (node.Value is null)
            errors.Add($"{key} must be a text ({source}).");
        else
            list.Add(node.Value);
    }

    private void AddSection(IList list, SettingsNode node, Type type, string key)
    {
        var entry = Activator.CreateInstance(type)!;
        BindSection(node, entry, key);
        list.Add(entry);
    }

    private object? Convert(string text, PropertyInfo property, Type type, string key)
    {
        var invariant = CultureInfo.InvariantCulture;
        object? value = type switch
        {
            _ when type == typeof(string) => Canonical(text, property),
            _ when type == typeof(bool) => bool.TryParse(text, out var flag) ? flag : null,
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var number) ? number : null,
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var number) ? number : null,
            _ when type == typeof(double) =>
                double.TryParse(text, NumberStyles.Float, invariant, out var number) && double.IsFinite(number) ? number : null,
            _ => throw new NotSupportedException($"{key} has the type {type}, which settings cannot have."),
        };
        if (value is null)
            errors.Add($"{SettingsValidator.Show(key, text, property)} ({source}); allowed: {SettingsReference.AllowedBy(property)}.");
        return value;
    }

    // "sqlite" means "Sqlite".
    private static string Canonical(string text, PropertyInfo property) =>
        property.GetCustomAttribute<AllowedValuesAttribute>()?.Values.OfType<string>()
            .FirstOrDefault(allowed => allowed.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? text;

    private string UnknownKey(string name, string path, IReadOnlyList<PropertyInfo> properties)
    {
        var today = SettingsReference.KeyOfOriginal(name);
        var hint = today is not null
            ? $" Its name is {today} today."
            : Suggestion.For(name, properties.Select(property => property.Name));
        return $"There is no setting {path}{name} ({source}).{hint}";
    }
}
