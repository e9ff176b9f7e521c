using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class RequestPropertyTests
{
    private static readonly JobRequestReader Reader = new(
        new PresetCatalog(new Dictionary<string, PresetOptions>()), SecretBox.Ephemeral(), ["file", "http"], maxAttempts: 3);

    // Words that lead deep into the reader; random ones would only ever meet its front door.
    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.Elements(
            "source_path", "dest_path", "job_options", "preset", "options", "nommer", "infile_options", "outfile_options",
            "move_atom_to_front", "labels", "priority", "max_attempts", "notify_url", "notify_method", "ffmpeg", "web_720p",
            "/a.mov", "/b.mp4", "http://h/x.mp4", "vf", "an", "async", "vpre", "sameq", "b", "f", "pass", "profile", "null",
            "scale=2:2", "movie=x", "[a", "'", "\\", "mp4", "\ud83d", "\0", "-i", "high", "movflags", "deinterlace", "vsync"),
        ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""));

    [Fact]
    public void Any_JSON_is_either_a_job_or_refused_with_a_reason() =>
        Prop.ForAll(Json().ToArbitrary(), json => ReadsOrRefuses(Encoding.UTF8.GetBytes(json)))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Any_options_in_a_whole_request_are_either_taken_or_refused_with_a_reason()
    {
        var pair =
            from key in Words
            from value in Gen.OneOf(Words.Select(Quote), Gen.Elements("null", "true", "false", "0", "1e9"))
            select $"[{Quote(key)},{value}]";
        var request =
            from first in Gen.ListOf(pair)
            from second in Gen.ListOf(pair)
            from dest in Gen.Elements("/b.mp4", "/b.mkv", "/b")
            select $$$"""
                {"source_path":"/a","dest_path":"{{{dest}}}","job_options":{"nommer":"ffmpeg","options":[
                {"infile_options":[{{{string.Join(',', second)}}}],"outfile_options":[{{{string.Join(',', first)}}}],"move_atom_to_front":true}]}}
                """;
        Prop.ForAll(request.ToArbitrary(), json => ReadsOrRefuses(Encoding.UTF8.GetBytes(json)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void Any_bytes_are_refused_or_read() =>
        Prop.ForAll<byte[]>(bytes => ReadsOrRefuses(bytes)).QuickCheckThrowOnFailure();

    [Fact]
    public void No_filter_graph_crashes_its_parser_and_quoting_hides_no_name()
    {
        var piece = Gen.Elements("movie", "scale", "=", ":", ",", ";", "[", "]", "'", "\\", " ", "@", "2", "\n");
        Prop.ForAll(
            Gen.ListOf(piece).Select(pieces => string.Concat(pieces)).ToArbitrary(),
            graph =>
            {
                var refusal = FilterGuard.Examine("null," + graph + ",movie=x");
                var filters = FilterGraph.TryParse(graph);
                return filters is null || !EndsOutsideQuotes(graph) || refusal is not null;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void The_password_of_an_address_is_never_shown()
    {
        var letters = Gen.Elements("abcXYZ019/+=@:%2F?#&;~".ToCharArray());
        var passwords = Gen.NonEmptyListOf(letters).Select(list => "Q7" + string.Concat(list) + "Z9");
        Prop.ForAll(
            passwords.ToArbitrary(),
            Gen.Elements("http", "https", "ftp", "s3").ToArbitrary(),
            (password, scheme) => !MediaUri.Redact($"{scheme}://user:{password}@host/a.mp4").Contains("Q7", StringComparison.Ordinal))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static bool ReadsOrRefuses(byte[] json)
    {
        try
        {
            Reader.Read(json).Spec.Source.Display.ShouldNotBeEmpty();
            return true;
        }
        catch (JobRequestException refusal)
        {
            return refusal.Message.Length is > 10 and < 2000 && !refusal.Message.Any(char.IsControl);
        }
    }

    private static Gen<string> Json() => Gen.Sized(size => Json(Math.Min(size, 6)));

    private static Gen<string> Json(int depth)
    {
        var leaf = Gen.OneOf(Words.Select(Quote), Gen.Elements("null", "true", "false", "0", "-1", "1e400", "99999999999"));
        if (depth == 0)
            return leaf;
        var inner = Json(depth - 1);
        var members =
            from name in Words
            from value in inner
            select $"{Quote(name)}:{value}";
        return Gen.OneOf(
            leaf,
            Gen.ListOf(inner).Select(items => $"[{string.Join(',', items.Take(4))}]"),
            Gen.ListOf(members).Select(items => $"{{{string.Join(',', items.Take(8))}}}"));
    }

    private static string Quote(string text) =>
        '"' + string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter.ToString() : $"\\u{(int)letter:x4}")) + '"';

    private static bool EndsOutsideQuotes(string graph)
    {
        var quoted = false;
        for (var i = 0; i < graph.Length; i++)
        {
            if (!quoted && graph[i] == '\\')
                i++;
            else if (graph[i] == '\'')
                quoted = !quoted;
            if (i >= graph.Length)
                return false;
        }

        return !quoted;
    }
}
