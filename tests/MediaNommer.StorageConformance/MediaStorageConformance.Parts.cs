using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.StorageConformance;

/// <content>Reading parts of what lies at an address.</content>
public abstract partial class MediaStorageConformance
{
    [Theory]
    [InlineData(0, Size)]
    [InlineData(0, 1)]
    [InlineData(1_234_567, 1000)]
    [InlineData(Size - 5, 5)]
    public async Task Any_part_of_a_file_can_be_read(int from, int length)
    {
        var whole = await PutAsync("movie.mp4", Size);
        await using var content = (await Storage.OpenAsync(AddressOf("movie.mp4"), default)).ShouldNotBeNull();
        using var part = new MemoryStream();

        await content.CopyAsync(from, length, part, default);

        content.Size.ShouldBe(Size);
        part.ToArray().AsSpan().SequenceEqual(whole.AsSpan(from, length)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_open_has_the_revision_of_its_stat_and_of_the_output_that_was_put_there()
    {
        var (path, _) = await NewOutputAsync(1000);
        await using var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), First, null, default);
        await staged.PromoteAsync(StillHeld, default);
        await using (var first = (await Storage.OpenAsync(AddressOf("film.mp4"), default)).ShouldNotBeNull())
        {
            first.Revision.ShouldBe((await Storage.StatAsync(AddressOf("film.mp4"), default)).Revision);
            (staged.Revision ?? first.Revision).ShouldBe(first.Revision);
        }

        await PutAsync("film.mp4", 1001);
        await using var second = (await Storage.OpenAsync(AddressOf("film.mp4"), default)).ShouldNotBeNull();
        second.Revision.ShouldNotBe(staged.Revision);
    }

    [Fact]
    public async Task What_is_missing_or_a_folder_cannot_be_opened()
    {
        MakeFolder("folder.mp4");

        var error = await Should.ThrowAsync<MediaStorageException>(() => Storage.OpenAsync(AddressOf("missing.mp4"), default));
        error.Code.ShouldBe(MediaStorageErrors.SourceNotFound);
        error.Message.ShouldContain("missing.mp4");
        await Should.ThrowAsync<MediaStorageException>(async () =>
        {
            await using var content = (await Storage.OpenAsync(AddressOf("folder.mp4"), default))!;
            await content.CopyAsync(0, content.Size, Stream.Null, default);
        });
    }
}
