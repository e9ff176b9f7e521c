using System.Globalization;
using System.Runtime.Versioning;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>
/// A program in ffmpeg's place that encodes by the real one, once, and from then on gives the same output and the same
/// words again, the output damaged as told. It ends with 0.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class CuttingFfmpeg : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nommer-cutting-").FullName;

    public CuttingFfmpeg()
    {
        Script.Write(
            Program,
            $$"""
            kept={{folder}}
            for last; do :; done
            output=${last#file:}
            if [ ! -e $kept/output ]; then
              ffmpeg "$@" >$kept/said 2>$kept/log || { cat $kept/log >&2; exit 1; }
              cp "$output" $kept/output
            fi
            cp $kept/output "$output"
            . $kept/damage
            """);
        Leave();
    }

    public string Program => Path.Combine(folder, "ffmpeg");

    private long Length => new FileInfo(Path.Combine(folder, "output")).Length;

    /// <summary>Does no damage.</summary>
    public void Leave() => Damage("");

    /// <summary>Keeps a part of the output.</summary>
    public void Keep(double part) => Keep((long)(Length * part));

    /// <summary>Keeps some bytes of the output; counted from its end when negative.</summary>
    public void Keep(long bytes) => Damage($"truncate -s {Bytes(bytes)} \"$output\"");

    /// <summary>Keeps a part of the output, and gives it its old length again.</summary>
    public void Zero(double part) => Damage(
        $"truncate -s {Bytes((long)(Length * part))} \"$output\"; truncate -s {Bytes(Length)} \"$output\"");

    /// <summary>Keeps a part of the output and says nothing of what was written.</summary>
    public void KeepSilently(double part) => Damage(
        $"truncate -s {Bytes((long)(Length * part))} \"$output\"", "grep -v total_size", "grep -v verbose");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Damage(string commands, string said = "cat", string log = "cat") => File.WriteAllText(
        Path.Combine(folder, "damage"), $"{commands}\n{said} $kept/said\n{log} $kept/log >&2\n");

    private string Bytes(long bytes) => (bytes < 0 ? Length + bytes : bytes).ToString(CultureInfo.InvariantCulture);
}
