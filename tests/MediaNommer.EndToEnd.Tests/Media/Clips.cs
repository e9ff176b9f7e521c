using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Makes small clips with ffmpeg, each once per run of the tests.</summary>
internal static class Clips
{
    private static readonly string Folder = MakeFolder();
    private static readonly ConcurrentDictionary<string, Lazy<string>> Made = new();

    public const string Picture = "-f lavfi -i testsrc2=s=160x90:r=10:d=4";
    public const string Sound = "-f lavfi -i sine=d=4:r=44100";
    public const string Codecs = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -b:a 32k";

    /// <summary>Four seconds with picture and sound, the index in front.</summary>
    public static string Plain => Make("plain.mp4", $"{Picture} {Sound} {Codecs} -movflags +faststart");

    /// <summary>Runs ffmpeg with these arguments and the output's name; gives the path of what it made.</summary>
    public static string Make(string name, string arguments) => Once(name, path =>
        Run("ffmpeg", Folder, ["-v", "error", "-nostdin", "-y", .. Split(arguments), path]));

    /// <summary>The front part of a clip, as a download that broke off leaves it.</summary>
    public static string Cut(string clip, double part) => Once(FormattableString.Invariant($"cut{part}_{Path.GetFileName(clip)}"), path =>
    {
        var all = File.ReadAllBytes(clip);
        File.WriteAllBytes(path, all[..(int)(all.Length * part)]);
    });

    /// <summary>A clip without its first bytes, as a recorder leaves it that was switched on in the middle.</summary>
    public static string WithoutFront(string name, string clip, long bytes) =>
        Once(name, path => File.WriteAllBytes(path, File.ReadAllBytes(clip)[(int)bytes..]));

    /// <summary>A clip with a part of its bytes overwritten by zeros.</summary>
    public static string Damage(string name, string clip, double from, double to) => Once(name, path =>
    {
        var all = File.ReadAllBytes(clip);
        all.AsSpan((int)(all.Length * from), (int)(all.Length * (to - from))).Clear();
        File.WriteAllBytes(path, all);
    });

    /// <summary>A clip with a word in it replaced by another of the same length.</summary>
    public static string Patch(string name, string clip, string word, string other) => Once(name, path =>
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(File.ReadAllBytes(clip)).Replace(word, other, StringComparison.Ordinal))));

    /// <summary>Two IVF clips as one whose size changes in the middle: the frames of the second follow those of the first.</summary>
    public static string JoinIvf(string name, string first, string second) => Once(name, path =>
    {
        const int HeaderSize = 32;
        var (start, rest) = (File.ReadAllBytes(first), File.ReadAllBytes(second)[HeaderSize..]);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(24));
        for (var at = 0; at < rest.Length; at += 12 + (int)BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan(at)))
        {
            var time = BinaryPrimitives.ReadUInt64LittleEndian(rest.AsSpan(at + 4));
            BinaryPrimitives.WriteUInt64LittleEndian(rest.AsSpan(at + 4), time + count);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(start.AsSpan(24), 2 * count);
        File.WriteAllBytes(path, [.. start, .. rest]);
    });

    /// <summary>Files one behind the other.</summary>
    public static string Join(string name, params string[] clips) =>
        Once(name, path => File.WriteAllBytes(path, [.. clips.SelectMany(File.ReadAllBytes)]));

    /// <summary>A file with a given text.</summary>
    public static string Text(string name, string text) => Once(name, path => File.WriteAllText(path, text));

    /// <summary>A file with given bytes.</summary>
    public static string Bytes(string name, byte[] bytes) => Once(name, path => File.WriteAllBytes(path, bytes));

    /// <summary>Runs a program and gives what it printed.</summary>
    public static string Run(string program, string folder, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program}: {errors.Result}");
    }

    private static string Once(string name, Action<string> make) => Made.GetOrAdd(name, _ => new Lazy<string>(() =>
    {
        var path = Path.Combine(Folder, name);
        make(path);
        return path;
    })).Value;

    // Good enough for arguments without spaces of their own.
    private static string[] Split(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string MakeFolder()
    {
        var folder = Directory.CreateTempSubdirectory("nommer-clips-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
