using System.Security.Cryptography;
using System.Text;

namespace MediaNommer.Core.Storage;

/// <summary>
/// The hidden names under which outputs lie beside their destination until they are promoted. Each belongs to one
/// attempt of one job, so that a later attempt can take it away from an earlier one.
/// </summary>
internal static class PartName
{
    /// <summary>How all of them end.</summary>
    public const string Ending = ".nommer-part";

    private const int MaxBytes = 255;

    /// <summary>The name for one attempt; a long file name is replaced by a hash to stay within 255 bytes, or fewer.</summary>
    public static string For(string fileName, OutputTag tag, int maxBytes = MaxBytes)
    {
        var ending = $".{tag.JobId}-{tag.Attempt}{Ending}";
        var name = "." + fileName + ending;
        return Encoding.UTF8.GetByteCount(name) <= Math.Min(maxBytes, MaxBytes) ? name : "." + Hash(fileName) + ending;
    }

    /// <summary>The names of all attempts before this one. Named one by one: listing a large folder is dear.</summary>
    public static IEnumerable<string> OfEarlierAttempts(string fileName, OutputTag tag) =>
        Enumerable.Range(1, Math.Max(0, tag.Attempt - 1))
            .Select(attempt => For(fileName, tag with { Attempt = attempt }));

    private static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
