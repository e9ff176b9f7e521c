using System.Globalization;
using System.Runtime.InteropServices;
using MediaNommer.Core.Presets;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>
/// Every four seconds a flash with a beep: however odd the times of a whole source are, it is encoded, and the two stay
/// together to the end.
/// </summary>
public class SoundSyncTests
{
    private const double MostApart = 0.04;
    private const int Rate = 48000;

    private const string Film =
        "-f lavfi -i color=black:s=64x64:r=25:d=20,geq=lum='if(lt(mod(T+2.001,4),0.2),235,16)':cb=128:cr=128 "
        + "-f lavfi -i aevalsrc='if(lt(mod(t+2,4),0.2),0.8*sin(2*PI*1000*t),0)':s=48000:d=20 "
        + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a pcm_s16le";

    public static TheoryData<string, string, int> Sources
    {
        get
        {
            var all = new TheoryData<string, string, int>();
            // The number of beeps that are there to be heard.
            foreach (var (source, beeps) in new[] { ("hole", 5), ("holes", 5), ("hole_ts", 5), ("late", 3), ("joined", 10), ("edited", 5), ("short", 3) })
            {
                foreach (var preset in (string[])["web_480p", "web_medium"])
                    all.Add(source, preset, beeps);
            }
            all.Add("hole", "webm_vp9_720p", 5);
            all.Add("holes", "cb_low", 5);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Sound_and_picture_stay_together(string source, string name, int beeps)
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == name);
        using var run = new NommerRun();

        var result = await run.EncodeAsync(Make(source), preset.Extension, preset.Options);

        result.Message.ShouldBeEmpty(result.Log);
        var flashes = Flashes(run.Output);
        var heard = Beeps(run.Output);
        heard.Count.ShouldBe(beeps);
        heard.ShouldAllBe(beep => flashes.Min(flash => Math.Abs(beep - flash)) <= MostApart + 0.001, source);
    }

    /// <summary>A file of sound alone keeps the film's time.</summary>
    [Theory]
    [InlineData("hole", "audio_mp3", 20)]
    [InlineData("late", "audio_mp3", 20)]
    [InlineData("late", "audio_aac", 20)]
    [InlineData("joined", "audio_opus", 40)]
    [InlineData("short", "audio_mp3", 11)]
    public async Task Sound_alone_keeps_its_time(string source, string name, double seconds)
    {
        var preset = PresetCatalog.BuiltIn.Single(each => each.Name == name);
        using var run = new NommerRun();

        var result = await run.EncodeAsync(Make(source), preset.Extension, preset.Options);

        result.Message.ShouldBeEmpty(result.Log);
        result.Output!.Duration!.Value.ShouldBe(seconds, 0.3);
        Beeps(run.Output).ShouldAllBe(beep => Math.Abs(((beep + 4) % 4) - 2) < 0.1);
    }

    private static string Make(string source)
    {
        var film = Clips.Make("flashes.mkv", Film);
        var sound = Clips.Make("beeps.m4a", $"-i {film} -vn -c:a aac");
        return source switch
        {
            "hole" => Clips.Make("hole.mkv", $"-i {film} -c:v copy -c:a pcm_s16le -af aselect='not(between(t,7,9))'"),
            "holes" => Clips.Make("holes.mkv", $"-i {film} -i {sound} -map 0:v -map 1:a -c copy -bsf:a noise=drop='not(mod(n+5,10))'"),
            "late" => Clips.Make("late_sound.mkv", $"-i {film} -itsoffset 8 -i {film} -map 0:v -map 1:a -c copy -t 20"),
            "joined" => Joined(film),
            "edited" => Clips.Make("edited_flashes.mp4", $"-ss 1.3 -i {Clips.Make("flashes.mp4", $"-i {film} -c:v copy -c:a aac")} -c copy"),
            "short" => Clips.Make("short_sound.mkv", $"-i {film} -t 11 -i {film} -map 0:v -map 1:a -c copy"),
            // The filter of packets counts in units of its own.
            _ => Clips.Make("hole.ts", $"-i {film} -c:v copy -c:a aac -bsf:a noise=drop='between(pts*tb,13.1,16.9)'"),
        };
    }

    /// <summary>Two transport streams one behind the other, the second an hour later by its own account.</summary>
    private static string Joined(string film)
    {
        var first = Clips.Make("first.ts", $"-i {film} -c:v copy -c:a mp2");
        var second = Clips.Make("second.ts", $"-i {film} -c:v copy -c:a mp2 -output_ts_offset 3600");
        return Clips.Join("joined.ts", first, second);
    }

    private static List<double> Flashes(string path)
    {
        var times = Clips.Run("ffprobe", "/", ["-v", "error", "-select_streams", "v", "-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0", path])
            .Split(['\n', ','], StringSplitOptions.RemoveEmptyEntries)
            .Select(time => double.Parse(time, CultureInfo.InvariantCulture)).ToList();
        var pixels = Decode(path, "-map", "0:v", "-vf", "scale=1:1,format=gray", "-fps_mode", "passthrough", "-f", "rawvideo");
        return [.. Enumerable.Range(1, Math.Min(times.Count, pixels.Length) - 1).Where(at => pixels[at] > 128 && pixels[at - 1] <= 128).Select(at => times[at])];
    }

    private static List<double> Beeps(string path)
    {
        var samples = MemoryMarshal.Cast<byte, short>(Decode(path, "-map", "0:a", "-ac", "1", "-ar", $"{Rate}", "-f", "s16le"));
        var beeps = new List<double>();
        var quiet = Rate;
        for (var at = 0; at < samples.Length; at++)
        {
            if (Math.Abs((int)samples[at]) < 5000)
            {
                quiet++;
                continue;
            }
            if (quiet > Rate / 2)
                beeps.Add((double)at / Rate);
            quiet = 0;
        }
        return beeps;
    }

    private static byte[] Decode(string path, params string[] options)
    {
        var raw = Path.Combine(Path.GetDirectoryName(path)!, "decoded.raw");
        Clips.Run("ffmpeg", "/", ["-v", "error", "-nostdin", "-y", "-i", path, .. options, raw]);
        return File.ReadAllBytes(raw);
    }
}
