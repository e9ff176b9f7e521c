using System.Collections.Concurrent;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.StorageConformance;

/// <content>Writing: names, staging, promoting, and who may.</content>
public abstract partial class MediaStorageConformance
{
    [Theory]
    [InlineData("with some spaces.mp4")]
    [InlineData("ünïcödé 映画 🎬.mp4")]
    [InlineData("100% #1; a&b=c?+'\"[x]{y}~^`|<z>@$,!().mp4")]
    [InlineData("-rf.mp4")]
    [InlineData("a/deep/folder with space/out.mp4")]
    public async Task Names_of_every_kind_can_be_written_and_read(string name)
    {
        var content = await WriteAsync(name, First, 5000);
        ServerShouldHold(name, content);
        Files().ShouldBe([name]);

        await FetchAsync(name);
        ShouldHold(Local("source"), content);
    }

    [Fact]
    public async Task A_name_of_255_bytes_can_be_written()
    {
        var name = new string('ü', 125) + "x.mp4";
        await WriteAsync(name, First, 5000);
        Files().ShouldBe([name]);
    }

    [Fact]
    public async Task Nothing_is_visible_before_it_is_promoted_and_nothing_is_left_beside_it_afterwards()
    {
        await Storage.PrepareAsync(AddressOf("out/film.mp4"), First, default);
        Files().ShouldBeEmpty();
        var (path, content) = await NewOutputAsync(Size);
        var progress = new Progress();
        await using (var staged = await Storage.StageAsync(path, AddressOf("out/film.mp4"), First, progress, default))
        {
            Held("out/film.mp4").ShouldBeNull();
            await staged.PromoteAsync(StillHeld, default);
            ServerShouldHold("out/film.mp4", content);
        }

        progress.Last.ShouldBe(new TransferProgress(Size, Size));
        Files().ShouldBe(["out/film.mp4"]);
    }

    [Fact]
    public async Task What_is_not_promoted_leaves_nothing_behind()
    {
        var old = await WriteAsync("film.mp4", First, 100);
        var (path, _) = await NewOutputAsync(Size);
        var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), First with { Attempt = 2 }, null, default);
        await staged.DisposeAsync();

        Files().ShouldBe(["film.mp4"]);
        ServerShouldHold("film.mp4", old);
    }

    [Fact]
    public async Task A_reader_sees_the_old_output_or_the_new_one_whole_and_nothing_else()
    {
        var contents = new ConcurrentBag<string> { Hash(await WriteAsync("film.mp4", First, Size)) };
        var seen = new ConcurrentDictionary<string, int>();
        using var over = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                var held = Held("film.mp4");
                if (held is not null || ReplacesInOneStep)
                    seen.AddOrUpdate(Hash(held ?? []), 1, (_, n) => n + 1);
            }
        });
        // On a busy machine the reader may get its turn late.
        for (var attempt = 2; attempt < 8 || (seen.Values.Sum() <= 5 && attempt < 200); attempt++)
            contents.Add(Hash(await WriteAsync("film.mp4", First with { Attempt = attempt }, Size)));
        await over.CancelAsync();
        await reader;

        seen.Values.Sum().ShouldBeGreaterThan(5);
        seen.Keys.Except(contents).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_later_attempt_takes_the_output_of_an_earlier_one_away_and_leaves_that_of_other_jobs()
    {
        var other = new OutputTag("ffffffffffffffffffffffffffffffff", 1);
        var (stale, ofOther) = ((await NewOutputAsync(1000)).Path, (await NewOutputAsync(1500)).Path);
        await using var staged = await Storage.StageAsync(stale, AddressOf("film.mp4"), First, null, default);
        await using var stagedByOther = await Storage.StageAsync(ofOther, AddressOf("film.mp4"), other, null, default);
        var current = await WriteAsync("film.mp4", First with { Attempt = 3 }, 2000);

        var error = await Should.ThrowAsync<MediaStorageException>(() => staged.PromoteAsync(StillHeld, default));
        error.Code.ShouldBe(MediaStorageErrors.Superseded);
        ServerShouldHold("film.mp4", current);
        await stagedByOther.PromoteAsync(StillHeld, default);
        Files().ShouldBe(["film.mp4"]);
    }

    [Fact]
    public async Task A_job_that_ends_between_the_last_question_and_the_move_keeps_its_output_from_its_place()
    {
        var old = await WriteAsync("film.mp4", new OutputTag("ffffffffffffffffffffffffffffffff", 1), 100);
        var (path, _) = await NewOutputAsync(Size);
        var second = First with { Attempt = 2 };
        await Storage.PrepareAsync(AddressOf("film.mp4"), second, default);
        await using var staged = await Storage.StageAsync(path, AddressOf("film.mp4"), second, null, default);

        // Here the run is frozen, having heard that it still holds its step; meanwhile others end the job.
        var error = await Should.ThrowAsync<MediaStorageException>(() => staged.PromoteAsync(
            token => Storage.CleanUpAsync(AddressOf("film.mp4"), second, token), default));

        error.Code.ShouldBe(MediaStorageErrors.Superseded);
        ServerShouldHold("film.mp4", old);
        Files().ShouldBe(["film.mp4"]);
    }

    [Fact]
    public async Task Many_can_write_to_one_folder_at_once()
    {
        var names = Enumerable.Range(0, 12).Select(i => $"shared/folder/{i}.mp4").ToList();
        await Task.WhenAll(names.Select((name, i) => WriteAsync(name, new OutputTag($"job{i}", 1), 50_000)));
        Files().ShouldBe(names, ignoreOrder: true);
    }

    [Fact]
    public async Task A_destination_that_is_a_folder_is_refused_before_the_work_begins()
    {
        if (!SeesFolders)
            return;
        MakeFolder("films");
        foreach (var address in (string[])[AddressOf("films"), AddressOf("films/")])
        {
            var error = await Should.ThrowAsync<MediaStorageException>(
                () => Storage.PrepareAsync(address, First, default));
            error.Code.ShouldBe(MediaStorageErrors.DestNotWritable);
            error.Message.ShouldContain("add the name of");
        }

        Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_link_is_not_taken_as_an_output()
    {
        File.CreateSymbolicLink(Local("output"), "/etc/hostname");
        await Should.ThrowAsync<MediaStorageException>(
            () => Storage.StageAsync(Local("output"), AddressOf("film.mp4"), First, null, default));
        Files().ShouldBeEmpty();
    }
}
