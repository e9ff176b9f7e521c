using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// Reads the names of the classes in a library without loading it: feederd must know what nommers are called, but runs no
/// code of theirs.
/// </summary>
internal static class PluginClasses
{
    /// <summary>The full names of its public classes that can be made; none when it is missing or no library.</summary>
    public static IReadOnlyList<string> In(string library)
    {
        try
        {
            using var file = File.OpenRead(library);
            using var image = new PEReader(file);
            return image.HasMetadata ? Read(image.GetMetadataReader()) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            // The worker that loads it says what is wrong with it.
            return [];
        }
    }

    private static List<string> Read(MetadataReader metadata) =>
    [
        .. metadata.TypeDefinitions.Select(metadata.GetTypeDefinition)
            .Where(type => (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public
                && (type.Attributes & (TypeAttributes.Abstract | TypeAttributes.Interface)) == 0)
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}".TrimStart('.')),
    ];
}
