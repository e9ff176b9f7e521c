using MediaNommer.Core.Ffmpeg;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Nommerd.Presets;

/// <summary>Which streams of a source a preset takes: the first of each wanted kind that can be decoded.</summary>
/// <param name="Picture">The stream for the picture, or null.</param>
/// <param name="Sound">The stream for the sound, or null; for a library all of them, chosen elsewhere.</param>
/// <param name="Notes">What was passed over and what was left out.</param>
/// <param name="Refusal">Why there is nothing to encode, or null.</param>
internal sealed record TrackChoice(
    ProbedStream? Picture, ProbedStream? Sound, IReadOnlyList<string> Notes, string? Refusal = null)
{
    private const int MostNamed = 8;

    /// <summary>Chooses.</summary>
    public static TrackChoice Of(SourceProbe source, PresetIntent intent)
    {
        var isLibrary = intent.Sound == SoundIntent.All;
        var notes = new List<string>();
        var (picture, noPicture) = intent.Picture == PictureIntent.None
            ? (null, null)
            : Choose(Pictures(source, intent), "video", notes);
        var (sound, noSound) = intent.Sound == SoundIntent.None || isLibrary
            ? (null, null)
            : Choose([.. source.Streams.Where(stream => stream.Kind == "audio")], "audio", notes);
        if (!isLibrary)
            AddLeftOut(source, intent, [picture, sound], notes);
        return new TrackChoice(picture, sound, notes, noPicture ?? noSound ?? Missing(picture, sound, source, intent));
    }

    /// <summary>Names streams for a reader: <c>audio track 2 (ac3, fra)</c>.</summary>
    public static string Name(ProbedStream stream)
    {
        var kind = stream switch
        {
            { IsCover: true } => "cover",
            { Kind: "attachment" } => "attachment",
            _ => $"{stream.Kind} track",
        };
        var language = stream.Tag("language") is { Length: > 0 and <= 10 } known && known != "und" ? $", {known}" : "";
        return $"{kind} {stream.Index} ({stream.Codec}{language})";
    }

    /// <summary>A list of streams in a sentence, the end of a long one counted.</summary>
    public static string Names(IReadOnlyCollection<ProbedStream> streams) =>
        string.Join(", ", streams.Take(MostNamed).Select(Name))
        + (streams.Count > MostNamed ? $" and {streams.Count - MostNamed} more" : "");

    private static List<ProbedStream> Pictures(SourceProbe source, PresetIntent intent)
    {
        var all = source.Streams.Where(stream => stream.Kind == "video").ToList();
        var films = all.FindAll(stream => !stream.IsCover);
        // A picture of a sound file is its cover.
        return films.Count == 0 && intent.Sound == SoundIntent.None ? all : films;
    }

    private static (ProbedStream? Chosen, string? Refusal) Choose(List<ProbedStream> candidates, string kind, List<string> notes)
    {
        var chosen = candidates.Find(stream => stream.Undecodable is null);
        if (candidates.Count == 0 || chosen == candidates[0])
            return (chosen, null);
        var passed = candidates.TakeWhile(stream => stream != chosen).ToList();
        var why = string.Join("; ", passed.Select(stream => $"track {stream.Index}: {stream.Undecodable}"));
        if (chosen is null)
            return (null, $"The source's {kind} cannot be decoded ({why}).");
        notes.Add($"The first {kind} that can be decoded was taken: {Name(chosen)}; passed over: {why}.");
        return (chosen, null);
    }

    private static string? Missing(ProbedStream? picture, ProbedStream? sound, SourceProbe source, PresetIntent intent)
    {
        if (picture is not null || sound is not null)
            return null;
        if (intent.Picture == PictureIntent.None)
            return "The source has no audio stream, which the preset needs.";
        return intent.Sound == SoundIntent.None || source.Streams.Any(stream => stream.Kind == "audio")
            ? "The source has no video stream, which the preset needs."
            : "The source has no video stream and no audio stream.";
    }

    private static void AddLeftOut(
        SourceProbe source, PresetIntent intent, ProbedStream?[] taken, List<string> notes)
    {
        // MOV keeps the names of chapters in a track of their own, which ffmpeg reads and writes as chapters.
        var left = source.Streams.Where(stream => !taken.Contains(stream) && IsWorthNaming(stream, intent)
            && !(source.Chapters > 0 && stream is { Kind: "data", Codec: "bin_data" })).ToList();
        if (left.Count > 0)
            notes.Add($"Left out: {Names(left)}.");
    }

    // That a thumbnail has no sound, and an MP3 no picture, surprises nobody.
    private static bool IsWorthNaming(ProbedStream stream, PresetIntent intent) => stream.Kind switch
    {
        "video" => intent.Picture != PictureIntent.None,
        "audio" => intent.Sound != SoundIntent.None,
        _ => true,
    };
}
