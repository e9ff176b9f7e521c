using System.ComponentModel.DataAnnotations;
using System.Net;

namespace MediaNommer.Core.Settings;

/// <summary>The setting is an IP address or a network.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NetworkAddressAttribute : ValidationAttribute
{
    /// <summary>What is allowed, in words.</summary>
    public const string Allowed = "IP addresses and networks such as 10.0.0.0/8";

    public override bool IsValid(object? value) =>
        value is string text && (IPAddress.TryParse(text, out _) || IPNetwork.TryParse(text, out _));
}
