using System.ComponentModel;
using System.Runtime.InteropServices;
using MediaNommer.Nommerd.Worker;

namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>posix_spawn with what it needs in unmanaged memory.</summary>
internal static class PosixSpawn
{
    private static readonly Lazy<nint> Environment = new(() => TextArray(MediaEnvironment.Current().Append(OrphanedPrograms.Marking)));

    /// <summary>Starts a program in a process group of its own, with default signals.</summary>
    /// <param name="program">A name on the PATH, or an absolute path.</param>
    /// <param name="arguments">Without the program's own name.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="input">The descriptor that becomes its standard input, or null for none.</param>
    /// <param name="output">The descriptor that becomes its standard output, or null for none.</param>
    /// <param name="errors">The descriptor that becomes its standard error, or null for none.</param>
    /// <returns>The process id.</returns>
    /// <exception cref="Win32Exception">It cannot be started; the code says why.</exception>
    public static int Start(
        string program, IReadOnlyList<string> arguments, string folder, int? input, int? output, int? errors)
    {
        // One block for the three opaque structures of the C library.
        var memory = Marshal.AllocHGlobal(3 * Posix.OpaqueSize);
        var (actions, attributes, signals) = (memory, memory + Posix.OpaqueSize, memory + (2 * Posix.OpaqueSize));
        var texts = TextArray([program, .. arguments]);
        _ = Posix.InitActions(actions);
        _ = Posix.InitAttributes(attributes);
        try
        {
            Connect(actions, 0, input, Posix.ReadOnly);
            Connect(actions, 1, output, Posix.WriteOnly);
            Connect(actions, 2, errors, Posix.WriteOnly);
            Check(Posix.AddChangeFolder(actions, folder));
            // .NET ignores SIGPIPE and may block others; a child would inherit that.
            _ = Posix.NoSignals(signals);
            _ = Posix.SetSignalMask(attributes, signals);
            _ = Posix.AllSignals(signals);
            _ = Posix.SetSignalDefaults(attributes, signals);
            _ = Posix.SetGroup(attributes, 0);
            _ = Posix.SetFlags(
                attributes, Posix.SpawnSetGroup | Posix.SpawnSetSignalDefaults | Posix.SpawnSetSignalMask);
            Check(Posix.SpawnByPath(out var id, program, actions, attributes, texts, Environment.Value));
            return id;
        }
        finally
        {
            _ = Posix.DestroyActions(actions);
            _ = Posix.DestroyAttributes(attributes);
            Marshal.FreeHGlobal(memory);
            FreeTextArray(texts);
        }
    }

    private static void Connect(nint actions, int descriptor, int? source, int direction) =>
        Check(source is { } open
            ? Posix.AddDuplicate(actions, open, descriptor)
            : Posix.AddOpen(actions, descriptor, "/dev/null", direction, 0));

    private static void Check(int error)
    {
        if (error != 0)
            throw new Win32Exception(error);
    }

    private static nint TextArray(IEnumerable<string> texts)
    {
        var pointers = texts.Select(Marshal.StringToCoTaskMemUTF8).Append(0).ToArray();
        var array = Marshal.AllocHGlobal(pointers.Length * nint.Size);
        Marshal.Copy(pointers, 0, array, pointers.Length);
        return array;
    }

    private static void FreeTextArray(nint array)
    {
        for (var at = array; Marshal.ReadIntPtr(at) is var text && text != 0; at += nint.Size)
            Marshal.FreeCoTaskMem(text);
        Marshal.FreeHGlobal(array);
    }
}
