using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Presets;

/// <summary>
/// What a preset comes to for one source: streams, filters, colours and metadata, worked out from what the preset wants
/// and what the source is like. Pure: the same preset and facts always give the same options.
/// </summary>
/// <param name="Options">The passes to run.</param>
/// <param name="Notes">What was decided, in sentences for the job's history.</param>
/// <param name="Refusal">Why the source cannot be encoded so, in a sentence, or null.</param>
internal sealed record PresetPlan(EncodeOptions Options, IReadOnlyList<string> Notes, string? Refusal = null)
{
    /// <summary>What is decided here, whatever a preset of 2011 says of it.</summary>
    private static readonly string[] Decided = ["map", "vf", "pix_fmt", "an", "vn", "sn"];

    /// <summary>Works it out.</summary>
    /// <param name="options">The preset's options, with an intent.</param>
    /// <param name="source">What the source is like.</param>
    /// <param name="outputName">The output's file name: its ending tells what metadata it can hold.</param>
    /// <param name="keepMetadata">The job asks for all metadata.</param>
    public static PresetPlan For(EncodeOptions options, SourceProbe source, string outputName, bool keepMetadata)
    {
        var intent = options.Intent!;
        var tracks = TrackChoice.Of(source, intent);
        if (tracks.Refusal is not null)
            return new PresetPlan(options, tracks.Notes, tracks.Refusal);
        var own = options.Passes[^1].OutfileOptions;
        var picture = tracks.Picture is null ? PicturePlan.None : PicturePlan.For(tracks.Picture, intent, own);
        if (picture.Refusal is not null)
            return new PresetPlan(options, tracks.Notes, picture.Refusal);
        var parts = new Parts(
            tracks, picture, tracks.Sound is null ? SoundPlan.None : SoundPlan.For(tracks.Sound, intent, own),
            intent.Sound == SoundIntent.All ? LibraryTracks.Of(source, tracks.Picture) : null,
            MetadataPlan.For(source, tracks, outputName, keepMetadata || intent.KeepMetadata));
        return new PresetPlan(
            options with { Passes = [.. options.Passes.Select(pass => pass with { OutfileOptions = Compose(pass, parts) })] },
            [.. tracks.Notes, .. picture.Notes, .. parts.Sound.Notes, .. parts.Library?.Notes ?? [], .. parts.Metadata.Notes]);
    }

    private static List<OptionPair> Compose(EncodePass pass, Parts parts)
    {
        var own = parts.Sound.Adapt(parts.Picture.Adapt(pass.OutfileOptions.Where(option => !Decided.Contains(option.Key))));
        return
        [
            .. Maps(parts),
            .. own,
            .. parts.Picture.Options,
            .. parts.Sound.Options,
            .. parts.Library?.Options ?? [],
            .. parts.Metadata.Options,
        ];
    }

    private static IEnumerable<OptionPair> Maps(Parts parts)
    {
        int?[] chosen = [parts.Tracks.Picture?.Index, parts.Tracks.Sound?.Index, .. parts.Library?.Indexes ?? []];
        return chosen.OfType<int>().Select(index => new OptionPair("map", $"0:{index}"));
    }

    private sealed record Parts(
        TrackChoice Tracks, PicturePlan Picture, SoundPlan Sound, LibraryTracks? Library, MetadataPlan Metadata);
}
