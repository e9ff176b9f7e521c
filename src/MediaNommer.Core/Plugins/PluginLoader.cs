using System.Reflection;
using System.Runtime.Loader;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;

namespace MediaNommer.Core.Plugins;

/// <summary>
/// Loads what users add: from the plug-in folder <c>NAME/NAME.dll</c>, with one public class that implements what is wanted.
/// </summary>
public static class PluginLoader
{
    /// <summary>The plug-in folder, as an absolute path. It need not exist.</summary>
    public static string FolderOf(NommerOptions options) => Path.GetFullPath(
        options.Nommerd.PluginDir.Length > 0 ? options.Nommerd.PluginDir : Path.Combine(options.DataDir, "plugins"));

    /// <summary>Loads the class of one plug-in and makes one of it.</summary>
    /// <typeparam name="T">The interface that it must implement.</typeparam>
    /// <param name="folder">The folder of this plug-in, named like it.</param>
    /// <param name="options">Given to a constructor that wants them.</param>
    /// <param name="namesOf">What it calls itself; its folder's name must be among them.</param>
    /// <exception cref="PluginException">It cannot be used; the message says why and what to do.</exception>
    public static T Load<T>(string folder, NommerOptions options, Func<T, IEnumerable<string>> namesOf)
        where T : class
    {
        var name = Path.GetFileName(folder);
        var file = Path.Combine(folder, $"{name}.dll");
        if (!File.Exists(file))
            throw new PluginException(folder, $"it holds no {name}.dll; the library must be named like its folder");
        try
        {
            var made = Create<T>(new PluginContext(file).LoadFromAssemblyPath(file), file, options);
            var names = namesOf(made).ToList();
            return names.Contains(name) ? made : throw new PluginException(
                file, $"it calls itself '{string.Join("', '", names)}' but its folder is '{name}'; they must be the same");
        }
        catch (Exception e) when (e is not PluginException)
        {
            // Anything can go wrong in foreign code; whoever loads it must be able to say why.
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            throw new PluginException(file, $"{cause.GetType().Name}: {cause.Message.TrimEnd('.')}", cause);
        }
    }

    private static T Create<T>(Assembly assembly, string file, NommerOptions options)
    {
        var types = assembly.GetExportedTypes()
            .Where(type => type is { IsAbstract: false, IsGenericTypeDefinition: false } && type.IsAssignableTo(typeof(T)))
            .ToList();
        if (types is not [var type])
        {
            throw new PluginException(file, types.Count == 0
                ? $"it has no public class that implements {typeof(T).Name}"
                : $"it has {types.Count} public classes that implement {typeof(T).Name}; there must be one")
            {
                IsOfAnotherKind = types.Count == 0 && assembly.GetExportedTypes().Any(other => other.IsAssignableTo(typeof(IMediaStorage))),
            };
        }

        if (type.GetConstructor([typeof(NommerOptions)]) is { } withOptions)
            return (T)withOptions.Invoke([options]);
        var plain = type.GetConstructor([]) ?? throw new PluginException(
            file, $"{type.Name} has no public constructor that takes nothing or NommerOptions");
        return (T)plain.Invoke([]);
    }

    /// <summary>Finds a plug-in's own libraries beside it, while ours are shared with it: its interface must be ours.</summary>
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
