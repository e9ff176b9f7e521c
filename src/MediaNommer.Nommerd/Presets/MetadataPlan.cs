using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Ffmpeg;

namespace MediaNommer.Nommerd.Presets;

/// <summary>
/// Which metadata an output gets. What is published says what a work is and who made it, never where a phone was or
/// which one. Rotation is in the pictures by then; chapters are left to ffmpeg, which copies them.
/// </summary>
/// <param name="Options">Options to add.</param>
/// <param name="Notes">For the history.</param>
internal sealed record MetadataPlan(IReadOnlyList<OptionPair> Options, IReadOnlyList<string> Notes)
{
    private const int LongestValue = 2000;

    private static readonly string[] OfWork =
        ["title", "artist", "album", "album_artist", "composer", "genre", "track", "disc", "date", "copyright"];

    private static readonly string[] OfTrack = ["language", "title"];

    private static readonly string[] Private = ["location", "gps", "xyz", "make", "model", "manufacturer", "device"];

    /// <summary>Works it out.</summary>
    public static MetadataPlan For(SourceProbe source, TrackChoice tracks, string outputName, bool keep)
    {
        if (keep)
        {
            // Without it MP4 holds only the tags that its own list has a place for.
            return new MetadataPlan(MediaFiles.IsMp4Like(outputName) ? [new("movflags", "+use_metadata_tags")] : [], []);
        }

        List<OptionPair> options = [new("map_metadata:g", "-1"), new("map_metadata:s", "-1")];
        options.AddRange(Kept(source.Tags, OfWork, "metadata"));
        if (tracks.Picture is { } picture)
            options.AddRange(Kept(picture.Tags, OfTrack, "metadata:s:v:0"));
        if (tracks.Sound is { } sound)
            options.AddRange(Kept(sound.Tags, OfTrack, "metadata:s:a:0"));
        var dropped = source.Tags.Keys.Concat(source.Streams.SelectMany(stream => stream.Tags.Keys))
            .Where(key => Array.Exists(Private, part => key.Contains(part, StringComparison.OrdinalIgnoreCase)))
            .Distinct().Take(8).ToList();
        return new MetadataPlan(
            options,
            dropped.Count == 0 ? [] : [$"Position and device were left out ({string.Join(", ", dropped)}); keep_metadata keeps them."]);
    }

    private static IEnumerable<OptionPair> Kept(IReadOnlyDictionary<string, string> tags, string[] names, string option) => names
        .Where(name => tags.GetValueOrDefault(name) is { Length: > 0 and <= LongestValue } value && value != "und")
        .Select(name => new OptionPair(option, $"{name}={tags[name]}"));
}
