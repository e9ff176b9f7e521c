using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MediaNommer.Core.Settings;

/// <summary>Writes settings as a file for other machines: what differs from the defaults and concerns them.</summary>
public static class SettingsWriter
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    /// <summary>The content of a settings file, UTF-8.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="withSecrets">
    /// Whether profiles are in it, and AWS keys where machines have no instance profile to get theirs from.
    /// </param>
    public static byte[] Write(NommerOptions options, bool withSecrets)
    {
        var settings = WriteSection(options, PolicyDefaults.Unlike(options), withSecrets);
        // With feederd's keys machines would have its power in place of their own role's.
        if (options.Aws.Ec2.InstanceProfile.Length > 0 && settings[nameof(NommerOptions.Aws)] is JsonObject aws)
        {
            foreach (var key in (string[])[nameof(AwsOptions.AccessKeyId), nameof(AwsOptions.SecretAccessKey), nameof(AwsOptions.SessionToken)])
                aws.Remove(key);
        }

        // Machines know neither where feederd listens nor its keys, from which its own default follows.
        if (PrivateNetworks.AllowedBy(options) is { Count: 0 })
            (settings[nameof(NommerOptions.Storage)] ??= new JsonObject())[nameof(StorageOptions.PrivateNetworks)] = new JsonArray(PrivateNetworks.None);
        return JsonSerializer.SerializeToUtf8Bytes(settings, Readable);
    }

    private static JsonObject WriteSection(object section, object defaults, bool withSecrets)
    {
        var result = new JsonObject();
        foreach (var property in SettingsReference.PropertiesOf(section.GetType()))
        {
            if (WriteProperty(property, property.GetValue(section), property.GetValue(defaults), withSecrets) is { } node)
                result[property.Name] = node;
        }

        return result;
    }

    private static JsonNode? WriteProperty(PropertyInfo property, object? value, object? usual, bool withSecrets)
    {
        var setting = property.GetCustomAttribute<SettingAttribute>();
        if (setting is { OfThisMachine: true } || (setting is { Secret: true } && !withSecrets))
            return null;
        return value switch
        {
            IDictionary named => WriteNamed(named, withSecrets),
            IList list when usual is IList usualList && list.Cast<object>().SequenceEqual(usualList.Cast<object>()) => null,
            IList list => new JsonArray([.. list.Cast<object>().Select(entry => WriteEntry(entry, withSecrets))]),
            _ when SettingsReference.IsSection(property.PropertyType) => NullIfEmpty(WriteSection(value!, usual!, withSecrets)),
            _ => Equals(value, usual) ? null : WriteValue(value!),
        };
    }

    private static JsonObject? WriteNamed(IDictionary named, bool withSecrets)
    {
        var result = new JsonObject();
        foreach (DictionaryEntry entry in named)
            result[(string)entry.Key] = WriteEntry(entry.Value!, withSecrets);
        return NullIfEmpty(result);
    }

    private static JsonNode WriteEntry(object entry, bool withSecrets) =>
        entry is string text ? text : WriteSection(entry, Activator.CreateInstance(entry.GetType())!, withSecrets);

    private static JsonObject? NullIfEmpty(JsonObject node) => node.Count == 0 ? null : node;

    private static JsonNode WriteValue(object value) => value switch
    {
        bool flag => flag,
        int number => number,
        long number => number,
        double number => number,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
