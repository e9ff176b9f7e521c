using System.Text.RegularExpressions;

namespace MediaNommer.Core.Storage;

/// <summary>
/// The address of a source, a destination or a web hook. Passwords and signatures in it are never kept in clear:
/// <see cref="Display"/> shows asterisks in their place, and the whole address is kept encrypted beside it.
/// </summary>
/// <param name="Display">The address as it may be shown, logged and searched.</param>
/// <param name="Sealed">The whole address, encrypted, or null when nothing in it is secret.</param>
public sealed partial record MediaUri(string Display, string? Sealed)
{
    private const string Mask = "***";

    /// <summary>The scheme in lower case; <c>file</c> for a plain path.</summary>
    public string Scheme => SchemeOf(Display);

    /// <summary>Splits an address into what may be shown and what must be encrypted.</summary>
    public static MediaUri Seal(string address, SecretBox secrets)
    {
        var display = Redact(address);
        return new MediaUri(display, display == address ? null : secrets.Seal(address));
    }

    /// <summary>The whole address. Never log it, show it or put it on a command line.</summary>
    /// <exception cref="InvalidOperationException">It was sealed with another key.</exception>
    public string Reveal(SecretBox secrets) => Sealed is null ? Display : secrets.Open(Sealed);

    /// <summary>The address with its secrets replaced by asterisks. Plain paths have none.</summary>
    public static string Redact(string address)
    {
        if (SchemeOf(address) == "file")
            return address;
        var withoutPassword = UserInfo().Replace(address, $"$1:{Mask}@");
        return SecretQueryValue().Replace(withoutPassword, $"$1={Mask}");
    }

    /// <summary>The scheme of an address in lower case; <c>file</c> for a plain path.</summary>
    public static string SchemeOf(string address)
    {
        var match = LeadingScheme().Match(address);
        return match.Success ? match.Groups[1].Value.ToLowerInvariant() : "file";
    }

    /// <inheritdoc/>
    public override string ToString() => Display;

    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*)://")]
    private static partial Regex LeadingScheme();

    // Greedy up to the last @ before a query, because S3 secrets may hold slashes and, unescaped, more @ signs.
    [GeneratedRegex("(?<=^[A-Za-z][A-Za-z0-9+.-]*://)([^/:@?#]*):([^?#]*)@")]
    private static partial Regex UserInfo();

    [GeneratedRegex(
        "(?<=[?&])([^=&#]*(?:signature|token|secret|password|passwd|api[_-]?key|credential|sig|auth|access[_-]?key)[^=&#]*)=[^&#]+",
        RegexOptions.IgnoreCase)]
    private static partial Regex SecretQueryValue();
}
