using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.StorageConformance;

/// <content>Destinations that exist.</content>
public abstract partial class MediaStorageConformance
{
    private static readonly OutputTag Careful = First with { IfExists = IfExists.Fail };

    [Theory]
    [InlineData(IfExists.Fail)]
    [InlineData(IfExists.Skip)]
    public async Task A_destination_that_exists_is_kept_and_that_is_said_before_the_work_begins(IfExists choice)
    {
        var old = await PutAsync("film.mp4", 1000);
        (await Storage.ExistsAsync(AddressOf("film.mp4"), default)).ShouldBeTrue();
        (await Storage.ExistsAsync(AddressOf("other.mp4"), default)).ShouldBeFalse();

        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.PrepareAsync(AddressOf("film.mp4"), First with { IfExists = choice }, default));

        (error.Code, error.IsTransient).ShouldBe((MediaStorageErrors.DestExists, false));
        ServerShouldHold("film.mp4", old);
        Files().ShouldBe(["film.mp4"]);
    }

    [Theory]
    [InlineData(1000)]
    // Of the very size of our output: others' files may have it, too.
    [InlineData(5000)]
    public async Task What_appears_at_the_destination_while_the_job_runs_is_kept(int size)
    {
        var (path, _) = await NewOutputAsync(5000);
        await Storage.PrepareAsync(AddressOf("film.mp4"), Careful, default);
        byte[] old;
        await using (var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), Careful, null, default))
        {
            old = await PutAsync("film.mp4", size);
            var error = await Should.ThrowAsync<MediaStorageException>(() => staged.PromoteAsync(StillHeld, default));
            error.Code.ShouldBe(MediaStorageErrors.DestExists);
        }

        ServerShouldHold("film.mp4", old);
        Files().ShouldBe(["film.mp4"]);
    }

    [Fact]
    public async Task What_appears_after_the_last_look_is_kept_where_the_storage_can_tell()
    {
        if (!ReplacesNothing)
            return;
        var (path, _) = await NewOutputAsync(5000);
        byte[] old = [];
        await Storage.PrepareAsync(AddressOf("film.mp4"), Careful, default);
        await using (var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), Careful, null, default))
        {
            var error = await Should.ThrowAsync<MediaStorageException>(() => staged.PromoteAsync(
                async _ => old = await PutAsync("film.mp4", 1000), default));
            error.Code.ShouldBe(MediaStorageErrors.DestExists);
        }

        ServerShouldHold("film.mp4", old);
    }

    [Fact]
    public async Task An_output_that_an_earlier_attempt_of_the_same_job_put_there_is_replaced()
    {
        await WriteCarefullyAsync(Careful, 5000);
        var second = Careful with { Attempt = 2, EarlierSize = 5000 };

        var content = await WriteCarefullyAsync(second, 6000);

        ServerShouldHold("film.mp4", content);
        Files().ShouldBe(["film.mp4"]);
        await Should.ThrowAsync<MediaStorageException>(
            () => Storage.PrepareAsync(AddressOf("film.mp4"), Careful with { JobId = new string('f', 32) }, default));
    }

    /// <summary>False when the storage can only look first and then write.</summary>
    protected virtual bool ReplacesNothing => true;

    private async Task<byte[]> WriteCarefullyAsync(OutputTag tag, int size)
    {
        var (path, content) = await NewOutputAsync(size);
        await Storage.PrepareAsync(AddressOf("film.mp4"), tag, default);
        await using var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), tag, null, default);
        await staged.PromoteAsync(StillHeld, default);
        return content;
    }
}
