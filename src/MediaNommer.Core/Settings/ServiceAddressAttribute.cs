using System.ComponentModel.DataAnnotations;

namespace MediaNommer.Core.Settings;

/// <summary>The setting is empty, or an http(s) address to which the paths of a service can be added.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ServiceAddressAttribute : ValidationAttribute
{
    /// <summary>What is allowed, in words.</summary>
    public const string Allowed = "an address such as https://host:port, without user, query or fragment, or empty";

    public override bool IsValid(object? value) => value is "" or null || (value is string text && IsAddress(text));

    private static bool IsAddress(string text) =>
        !text.Any(char.IsWhiteSpace) && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https" && uri.Host.Length > 0
        && uri.UserInfo.Length + uri.Query.Length + uri.Fragment.Length == 0;
}
