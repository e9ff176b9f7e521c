using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Presets;

/// <summary>What becomes of the sound.</summary>
internal sealed record SoundPlan
{
    private const int MostWithUsualLayout = 8;

    private string filter = "";

    /// <summary>No sound, or sound that needs nothing.</summary>
    public static SoundPlan None { get; } = new();

    /// <summary>Options to add.</summary>
    public IReadOnlyList<OptionPair> Options { get; private init; } = [];

    /// <summary>For the history.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Works out how many channels the output gets: never more than the source has.</summary>
    /// <param name="stream">The source's stream.</param>
    /// <param name="intent">What the preset wants.</param>
    /// <param name="own">The preset's own options.</param>
    public static SoundPlan For(ProbedStream stream, PresetIntent intent, IReadOnlyList<OptionPair> own)
    {
        var encoder = own.LastOrDefault(option => option.Key == "c:a")?.Value;
        var most = intent.Sound == SoundIntent.Stereo || encoder == "libmp3lame" ? 2 : MostWithUsualLayout;
        var isNamed = stream.ChannelLayout.Length > 0 && stream.ChannelLayout != "downmix";
        // Of up to eight channels ffmpeg knows the usual layout where the source names none.
        var isKnown = isNamed || (stream.Channels <= MostWithUsualLayout && stream.ChannelLayout.Length == 0);
        if (isKnown && stream.Channels <= most)
            return None;
        var note = $"{stream.Channels} channels of sound were mixed to stereo";
        if (isKnown)
        {
            return own.Any(option => option.Key == "ac")
                ? new SoundPlan { Notes = [$"{note}."] }
                : new SoundPlan { Options = [new("ac", "2")], Notes = [$"{note}."] };
        }
        return new SoundPlan
        {
            filter = EvenMix(stream.Channels),
            Notes = [$"{note}, the odd ones left and the even ones right, because the source does not say where they belong."],
        };
    }

    /// <summary>The preset's own options as this source needs them: its own filters come after the mix.</summary>
    public IEnumerable<OptionPair> Adapt(IEnumerable<OptionPair> own)
    {
        if (filter.Length == 0)
            return own;
        var rest = own.ToList();
        var filters = rest.FindAll(option => option.Key == "af").ConvertAll(option => option.Value!);
        return [.. rest.Where(option => option.Key != "af"), new OptionPair("af", string.Join(',', [filter, .. filters]))];
    }

    private static string EvenMix(int channels)
    {
        string Side(int first) => string.Join('+', Enumerable.Range(0, channels).Where(channel => channel % 2 == first).Select(channel => $"c{channel}"));
        return $"pan=stereo|c0<{Side(0)}|c1<{(channels > 1 ? Side(1) : Side(0))}";
    }
}
