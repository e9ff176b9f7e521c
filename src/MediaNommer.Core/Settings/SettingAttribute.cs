namespace MediaNommer.Core.Settings;

/// <summary>Says in one line what a setting means; docs/configuration.md and <c>nommer doctor</c> show it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string meaning) : Attribute
{
    /// <summary>What the setting means, with its unit.</summary>
    public string Meaning { get; } = meaning;

    /// <summary>What media-nommer of 2011 called it, or null when it is new.</summary>
    public string? Original { get; init; }

    /// <summary>How to write the default where it depends on the machine, or null.</summary>
    public string? DefaultText { get; init; }

    /// <summary>True when its value must never be shown.</summary>
    public bool Secret { get; init; }

    /// <summary>True when it describes one machine, so that feederd's value says nothing to workers elsewhere.</summary>
    public bool OfThisMachine { get; init; }
}
