using MediaNommer.Core.Jobs;
using MediaNommer.Core.Jobs.Requests;
using MediaNommer.Core.Presets;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Requests;

public class ContainerCodecsTests
{
    [Theory]
    [InlineData("webm", "libx264", "c:v=libx264", "c:a=aac")]
    [InlineData("webm", "aac", "c:v=libvpx-vp9", "c:a=aac")]
    [InlineData("webm", null, "c:v=libvpx-vp9", "c:a=libopus")]
    [InlineData("webm", null, "c:v=libvpx-vp9", "c:a=aac", "an")]
    [InlineData("webm", "libx264", "vcodec=libx264")]
    [InlineData("webm", null, "c=copy")]
    [InlineData("webm", null, "c:v=an_encoder_of_tomorrow")]
    [InlineData("mp3", "aac", "vn", "c:a=aac")]
    [InlineData("mp3", "libx264", "c:v=libx264", "c:a=libmp3lame")]
    [InlineData("mp4", "libvpx", "c:v=libvpx")]
    [InlineData("ogg", null, "c:a:0=libopus")]
    [InlineData("matroska", null, "c:v=libvpx", "c:a=pcm_s16le")]
    public void Finds_the_encoder_that_the_format_cannot_hold(string muxer, string? misfit, params string[] options) =>
        ContainerCodecs.FindMisfit(muxer, [.. options.Select(Pair)]).ShouldBe(misfit);

    [Fact]
    public void Every_preset_fits_its_own_extension()
    {
        foreach (var preset in PresetCatalog.BuiltIn)
            ContainerCodecs.FindMisfit(FfmpegFormats.MuxerFor(preset.Extension)!, preset.Options.Passes[^1].OutfileOptions)
                .ShouldBeNull(preset.Name);
    }

    private static OptionPair Pair(string text) => text.Split('=') is [var key, var value] ? new(key, value) : new(text, null);
}
