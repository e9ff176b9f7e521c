using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using MediaNommer.Client.Wire;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>Small clips, made once for all tests, and jobs on them.</summary>
internal static class Clips
{
    private static readonly ConcurrentDictionary<int, Lazy<string>> Made = new();

    private static readonly string Folder = MakeFolder();

    /// <summary>A clip of that many seconds with picture and sound, 320×180.</summary>
    public static string OfSeconds(int seconds) => Made.GetOrAdd(seconds, _ => new Lazy<string>(() => Make(seconds))).Value;

    /// <summary>A job that encodes at once.</summary>
    public static JobRequest QuickJob(string dest, int seconds = 1) => Job(OfSeconds(seconds), dest, realTime: false);

    /// <summary>A job that takes as long as its clip and no processor: ffmpeg reads it at the speed of playing.</summary>
    public static JobRequest SlowJob(string dest, int seconds) => Job(OfSeconds(seconds), dest, realTime: true);

    /// <summary>What ffprobe says of a file.</summary>
    public static MediaFacts Probe(string path)
    {
        using var json = JsonDocument.Parse(Run(
            "ffprobe", "-v", "error", "-count_packets", "-show_streams", "-show_format", "-of", "json", path));
        var streams = json.RootElement.GetProperty("streams").EnumerateArray().ToList();
        return new MediaFacts(
            double.Parse(json.RootElement.GetProperty("format").GetProperty("duration").GetString()!, System.Globalization.CultureInfo.InvariantCulture),
            [.. streams.Select(stream => $"{stream.GetProperty("codec_type").GetString()}:{stream.GetProperty("codec_name").GetString()}").Order()]);
    }

    /// <summary>The names of an MP4's outermost boxes, in their order.</summary>
    public static IReadOnlyList<string> Boxes(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        var names = new List<string>();
        for (long at = 0; at < reader.BaseStream.Length;)
        {
            reader.BaseStream.Position = at;
            long size = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(reader.ReadBytes(4));
            names.Add(System.Text.Encoding.ASCII.GetString(reader.ReadBytes(4)));
            if (size == 1)
                size = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(reader.ReadBytes(8));
            at = size == 0 ? reader.BaseStream.Length : at + size;
        }

        return names;
    }

    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.Result}");
    }

    private static JobRequest Job(string source, string dest, bool realTime) => new()
    {
        SourcePath = source,
        DestPath = dest,
        JobOptions = new JobOptionsRequest { Nommer = "ffmpeg", Options = Passes(realTime) },
    };

    private static JsonElement Passes(bool realTime) => JsonDocument.Parse($$"""
        [{"infile_options": {{(realTime ? "[[\"re\", null]]" : "[]")}},
          "outfile_options": [["c:v", "libx264"], ["preset", "ultrafast"], ["c:a", "aac"]],
          "move_atom_to_front": true}]
        """).RootElement;

    private static string Make(int seconds)
    {
        var path = Path.Combine(Folder, $"clip-{seconds}.mp4");
        Run(
            "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", $"testsrc2=s=320x180:r=25:d={seconds}",
            "-f", "lavfi", "-i", $"sine=frequency=440:duration={seconds}", "-c:v", "libx264", "-preset", "ultrafast",
            "-c:a", "aac", "-shortest", path);
        return path;
    }

    private static string MakeFolder()
    {
        var folder = Directory.CreateTempSubdirectory("nommer-clips-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}

/// <summary>Length in seconds and the streams, for example <c>audio:aac</c>.</summary>
internal sealed record MediaFacts(double Duration, IReadOnlyList<string> Streams);
