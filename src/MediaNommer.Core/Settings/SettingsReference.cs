using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace MediaNommer.Core.Settings;

/// <summary>Describes every setting; docs/configuration.md holds what it writes.</summary>
public static class SettingsReference
{
    /// <summary>One setting.</summary>
    /// <param name="Key">For example <c>Feederd:Port</c>.</param>
    /// <param name="Original">What media-nommer of 2011 called it, or null.</param>
    /// <param name="Default">The default as text.</param>
    /// <param name="Meaning">What it means, with its unit.</param>
    /// <param name="Allowed">What it may be.</param>
    public sealed record Entry(string Key, string? Original, string Default, string Meaning, string Allowed);

    /// <summary>All settings, in the order of the option types.</summary>
    public static IReadOnlyList<Entry> Entries { get; } = [.. Describe(new NommerOptions(), "")];

    /// <summary>The whole page docs/configuration.md.</summary>
    public static string ToMarkdown()
    {
        var page = new StringBuilder(SettingsPage.Introduction);
        foreach (var section in Entries.GroupBy(entry => entry.Key.Contains(':') ? entry.Key.Split(':')[0] : ""))
        {
            page.Append(section.Key.Length == 0 ? "\n## General\n\n" : $"\n## {section.Key}\n\n");
            page.Append("| key | name in 2011 | default | allowed | meaning |\n|---|---|---|---|---|\n");
            foreach (var entry in section)
            {
                var original = entry.Original is null ? "" : $"`{entry.Original}`";
                page.Append(CultureInfo.InvariantCulture, $"| `{entry.Key}` | {original} | {Cell(entry.Default)} | {Cell(entry.Allowed)} | {Cell(entry.Meaning)} |\n");
            }
        }

        return page.Append(SettingsPage.Presets).ToString();
    }

    /// <summary>What a setting may be, in words.</summary>
    internal static string AllowedBy(PropertyInfo property)
    {
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } values)
            return string.Join(", ", values.Values.Select(value => $"'{value}'"));
        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern)
            return pattern.ErrorMessage ?? $"what matches {pattern.Pattern}";
        if (property.GetCustomAttribute<ServiceAddressAttribute>() is not null)
            return ServiceAddressAttribute.Allowed;
        if (property.GetCustomAttribute<NetworkAddressAttribute>() is not null)
            return NetworkAddressAttribute.Allowed;
        var type = property.PropertyType;
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            var kind = type == typeof(double) ? "a number" : "a whole number";
            return System.Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture) >= long.MaxValue
                ? $"{kind} from {Number(range.Minimum)} up"
                : $"{kind} from {Number(range.Minimum)} to {Number(range.Maximum)}";
        }

        return type == typeof(bool) ? "true or false"
            : property.GetCustomAttribute<RequiredAttribute>() is not null ? "any text but an empty one"
            : type == typeof(string) ? "any text" : "a list of texts";
    }

    internal static bool IsSection(Type type) =>
        type.IsClass && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type);

    internal static IReadOnlyList<PropertyInfo> PropertiesOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite)];

    /// <summary>Today's key of a setting of 2011, or null.</summary>
    internal static string? KeyOfOriginal(string original) =>
        Entries.FirstOrDefault(entry => entry.Original == original)?.Key;

    private static IEnumerable<Entry> Describe(object section, string path)
    {
        foreach (var property in PropertiesOf(section.GetType()))
        {
            var value = property.GetValue(section);
            if (value is IDictionary)
                continue;
            if (IsSection(property.PropertyType))
            {
                foreach (var entry in Describe(value!, $"{path}{property.Name}:"))
                    yield return entry;
            }
            else if (property.GetCustomAttribute<SettingAttribute>() is { } setting)
            {
                yield return new Entry(
                    path + property.Name, setting.Original, setting.DefaultText ?? Show(value), setting.Meaning, AllowedBy(property));
            }
        }
    }

    private static string Show(object? value) => value switch
    {
        "" => "empty",
        string text => $"`{text}`",
        bool flag => flag ? "`true`" : "`false`",
        IList { Count: 0 } => "none",
        IList list => string.Join(", ", list.Cast<object>().Select(Show)),
        _ => $"`{Number(value!)}`",
    };

    private static string Number(object value) => System.Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
