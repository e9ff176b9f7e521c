using System.Reflection;
using System.Runtime.Loader;
using MediaNommer.Core.Settings;

namespace MediaNommer.Nommerd.Nommers;

/// <summary>A user's own nommer cannot be used.</summary>
internal sealed class PluginException(string file, string reason, Exception? cause = null) : Exception(reason, cause)
{
    /// <summary>The file or folder that is to blame.</summary>
    public string File { get; } = file;
}

/// <summary>Loads a user's own nommer: <c>NAME/NAME.dll</c> with one public class that implements <see cref="INommer"/>.</summary>
internal static class PluginLoader
{
    /// <summary>Loads the nommer of a folder.</summary>
    /// <exception cref="PluginException">It cannot be used; the message says why and what to do.</exception>
    public static INommer Load(string folder, NommerOptions options)
    {
        var name = Path.GetFileName(folder);
        var file = Path.Combine(folder, $"{name}.dll");
        if (!File.Exists(file))
            throw new PluginException(folder, $"it holds no {name}.dll; the library must be named like its folder");
        INommer nommer;
        try
        {
            nommer = Create(new PluginContext(file).LoadFromAssemblyPath(file), file, options);
        }
        catch (Exception e) when (e is not PluginException)
        {
            // Anything can go wrong in foreign code; the worker must go on without it, and say why.
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            throw new PluginException(file, $"{cause.GetType().Name}: {cause.Message.TrimEnd('.')}", cause);
        }
        if (nommer.Name != name)
            throw new PluginException(file, $"its nommer is named '{nommer.Name}' but its folder '{name}'; they must be the same");
        return nommer;
    }

    private static INommer Create(Assembly assembly, string file, NommerOptions options)
    {
        var types = assembly.GetExportedTypes()
            .Where(type => type is { IsAbstract: false, IsGenericTypeDefinition: false } && type.IsAssignableTo(typeof(INommer)))
            .ToList();
        if (types is not [var type])
            throw new PluginException(file, types.Count == 0
                ? "it has no public class that implements INommer"
                : $"it has {types.Count} public classes that implement INommer; there must be one");
        if (type.GetConstructor([typeof(NommerOptions)]) is { } withOptions)
            return (INommer)withOptions.Invoke([options]);
        var plain = type.GetConstructor([]) ?? throw new PluginException(
            file, $"{type.Name} has no public constructor that takes nothing or NommerOptions");
        return (INommer)plain.Invoke([]);
    }

    /// <summary>Finds a plug-in's own libraries beside it, while ours are shared with it: its INommer must be our INommer.</summary>
    private sealed class PluginContext(string file) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(file))
    {
        private readonly AssemblyDependencyResolver resolver = new(file);

        protected override Assembly? Load(AssemblyName name) =>
            !IsOurs(name) && resolver.ResolveAssemblyToPath(name) is { } path ? LoadFromAssemblyPath(path) : null;

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

        private static bool IsOurs(AssemblyName name) =>
            name.Name is { } simple
            && (simple.StartsWith("MediaNommer.", StringComparison.Ordinal)
                || simple.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal));
    }
}
