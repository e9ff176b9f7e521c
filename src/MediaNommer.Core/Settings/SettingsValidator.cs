using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using MediaNommer.Core.Fleet;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Settings;

/// <summary>Looks for values that are not allowed, alone or together with others.</summary>
internal static class SettingsValidator
{
    /// <summary>Every error, in the order of the settings.</summary>
    public static IEnumerable<string> Validate(NommerOptions options) =>
        ValidateSection(options, "").Concat(ValidateTogether(options));

    /// <summary>"Key is value", without the value where it is secret.</summary>
    public static string Show(string key, object? value, PropertyInfo property) =>
        property.GetCustomAttribute<SettingAttribute>()?.Secret == true || HoldsPassword(value, property)
            ? $"{key} has a value that is not allowed"
            : string.Create(CultureInfo.InvariantCulture, $"{key} is '{value}'");

    private static IEnumerable<string> ValidateSection(object section, string path)
    {
        foreach (var property in SettingsReference.PropertiesOf(section.GetType()))
        {
            var key = path + property.Name;
            var value = property.GetValue(section);
            var errors = value switch
            {
                IDictionary named => named.Keys.Cast<string>().SelectMany(name => ValidateSection(named[name]!, $"{key}:{name}:")),
                IList list => list.Cast<object>().Where(entry => !IsAllowed(entry, property)).Select(entry => Refuse(key, entry, property)),
                _ when SettingsReference.IsSection(property.PropertyType) => ValidateSection(value!, key + ":"),
                _ => IsAllowed(value, property) ? [] : [Refuse(key, value, property)],
            };
            foreach (var error in errors)
                yield return error;
        }
    }

    private static bool IsAllowed(object? value, PropertyInfo property) =>
        property.GetCustomAttributes<ValidationAttribute>().All(attribute => attribute.IsValid(value))
        && !(value is "" && property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern && !TakesNothing(pattern));

    // The attribute itself lets every empty text pass.
    private static bool TakesNothing(RegularExpressionAttribute pattern) => Regex.IsMatch("", $"^(?:{pattern.Pattern})$");

    private static bool HoldsPassword(object? value, PropertyInfo property) =>
        property.GetCustomAttribute<ServiceAddressAttribute>() is not null && value is string text && text.Contains('@', StringComparison.Ordinal);

    private static string Refuse(string key, object? value, PropertyInfo property) =>
        $"{Show(key, value, property)}; allowed: {SettingsReference.AllowedBy(property)}.";

    private static IEnumerable<string> ValidateTogether(NommerOptions options)
    {
        var (lease, heartbeat) = (options.Nommerd.LeaseSeconds, options.Nommerd.HeartbeatInterval);
        if (lease <= 2 * heartbeat)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Nommerd:LeaseSeconds is {lease}, which must be more than two heartbeats (Nommerd:HeartbeatInterval is "
                + $"{heartbeat}), or workers that are well would lose their jobs: raise Nommerd:LeaseSeconds above "
                + $"{2 * heartbeat} or lower Nommerd:HeartbeatInterval below {lease / 2}.");
        foreach (var error in ValidateScaling(options.Scaling).Concat(ValidatePrices(options)).Concat(ValidateKeys(options.Aws))
            .Concat(ValidateReach(options.Storage)))
            yield return error;
        if (options.Feederd.ApiKeys.Any(string.IsNullOrWhiteSpace))
            yield return "Feederd:ApiKeys holds an empty key; every key must have at least one character.";
        if (!IsLoopback(options.Feederd.Host) && options.Feederd.ApiKeys.Count == 0)
            yield return $"Feederd:Host is '{options.Feederd.Host}', which others can reach, and Feederd:ApiKeys is empty: anybody "
                + "there could read and write every file that feederd's workers can. Set Feederd:ApiKeys, or listen on 127.0.0.1.";
        if (QueueNamesClash(options.Queues))
            yield return "Queues:SqsJobStateChangeQueueName is also the name of a queue of new jobs "
                + "(Queues:SqsNewJobQueueName, alone or with _high or _low behind it); give it another.";
        if (options.Aws.SimpleDb.JobStateDomain == options.Aws.SimpleDb.Ec2NommerStateDomain)
            yield return "Aws:SimpleDb:Ec2NommerStateDomain is also the domain of jobs (Aws:SimpleDb:JobStateDomain); give it another.";
        foreach (var (name, preset) in options.Presets)
        {
            if (PresetError(name, preset) is { } error)
                yield return $"Presets:{name} is wrong: {error}";
        }
    }

    private static IEnumerable<string> ValidateKeys(AwsOptions aws)
    {
        foreach (var (where, id, secret, token) in aws.Profiles
            .Select(named => ($"Aws:Profiles:{named.Key}", named.Value.AccessKeyId, named.Value.SecretAccessKey, named.Value.SessionToken))
            .Append(("Aws", aws.AccessKeyId, aws.SecretAccessKey, aws.SessionToken)))
        {
            if (id.Length > 0 != secret.Length > 0)
                yield return $"{where}:{(id.Length > 0 ? "SecretAccessKey" : "AccessKeyId")} is missing: an access key id and its secret belong together.";
            if ((id + secret + token).Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter)))
                yield return $"{where}: AccessKeyId, SecretAccessKey or SessionToken holds a blank or a line break, which no key has.";
        }
    }

    private static IEnumerable<string> ValidateReach(StorageOptions storage)
    {
        foreach (var root in storage.AllowedRoots.Where(root => !AllowedRoots.IsValid(root)))
            yield return $"Storage:AllowedRoots holds '{root}'; allowed: absolute folders such as /srv/media, and addresses such as "
                + "s3://bucket/folder or https://host/folder, without user names and queries.";
        foreach (var entry in storage.PrivateNetworks.Where(entry => !PrivateNetworks.IsValid(entry)))
            yield return $"Storage:PrivateNetworks holds '{entry}'; allowed: 'all', 'none', addresses such as 192.168.1.5, and ranges "
                + "such as 10.0.0.0/8 that begin where their length says.";
    }

    // Somebody who limits spending must not believe in a limit that nobody keeps.
    private static IEnumerable<string> ValidateScaling(ScalingOptions scaling)
    {
        if (scaling.WarmInstances > scaling.MaxNumEc2Instances)
            yield return $"Scaling:WarmInstances is {scaling.WarmInstances}, which must be at most Scaling:MaxNumEc2Instances "
                + $"({scaling.MaxNumEc2Instances}): raise the one or lower the other.";
        if (scaling.Policy == ScalingOptions.Backlog)
            yield break;
        (string Key, double Value)[] unheeded =
        [
            (nameof(scaling.WarmInstances), scaling.WarmInstances), (nameof(scaling.MaxSpendPerHour), scaling.MaxSpendPerHour),
            (nameof(scaling.MaxSpendPerDay), scaling.MaxSpendPerDay),
        ];
        foreach (var (key, value) in unheeded.Where(setting => setting.Value > 0))
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Scaling:{key} is {value}, which Scaling:Policy {scaling.Policy} does not heed: set Scaling:Policy to Backlog, or leave it out.");
    }

    private static IEnumerable<string> ValidatePrices(NommerOptions options) =>
        options is not { Backend: "Aws", Scaling: { MaxSpendPerHour: > 0 } or { MaxSpendPerDay: > 0 } } ? []
        : options.Aws.Ec2.InstanceType.Where(type => MachinePrices.PerHour(type, options.Scaling.PricePerHour) is null)
            .Select(type => $"Aws:Ec2:InstanceType holds '{type}', whose price is not known, so the limits on spending cannot be "
                + "kept: set Scaling:PricePerHour to what an hour of the dearest type costs, or take another type.");

    internal static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool QueueNamesClash(QueuesOptions queues) =>
        queues.SqsJobStateChangeQueueName is var changes
        && (changes == queues.SqsNewJobQueueName || changes == queues.SqsNewJobQueueName + "_high"
            || changes == queues.SqsNewJobQueueName + "_low");

    private static string? PresetError(string name, PresetOptions preset)
    {
        try
        {
            PresetCatalog.FromSettings(name, preset);
            return null;
        }
        catch (JobRequestException e)
        {
            return e.Message;
        }
    }
}
