using MediaNommer.Backends.Sqlite;
using MediaNommer.Backends.Tests.Conformance;
using MediaNommer.Core.Jobs;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Sqlite;

/// <summary>What can happen to the file, and to one write among many.</summary>
public sealed class SqliteJobStoreFileTests : IDisposable
{
    private readonly DataFolder folder = new();
    private readonly SqliteJobStore store;

    public SqliteJobStoreFileTests() => store = new SqliteJobStore(folder.Path);

    private static CancellationToken None => CancellationToken.None;

    private string StorePath => Path.Combine(folder.Path, "store.db");

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_write_that_fails_does_not_spoil_those_it_shares_a_transaction_with()
    {
        await store.CreateAsync(SampleJobs.Make(1).Accepted(), null, None);

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            // Every third one has the id of a job that is there already.
            var job = SampleJobs.Make(i % 3 == 0 ? 1 : i + 10).Labelled($"label-{i}");
            try
            {
                await store.CreateAsync(job.Accepted(), $"key-{i}", None);
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }));

        for (var i = 0; i < 200; i++)
        {
            results[i].ShouldBe(i % 3 != 0);
            var labelled = await store.ListAsync(new JobQuery { Label = $"label-{i}" }, None);
            labelled.Jobs.Count.ShouldBe(i % 3 == 0 ? 0 : 1);
        }
    }

    [Fact]
    public async Task Work_that_throws_takes_back_what_it_wrote()
    {
        var failing = store.File.WriteAsync<bool>(
            session =>
            {
                session.Execute("DELETE FROM jobs");
                throw new ArithmeticException("after writing");
            },
            None);
        var creating = store.CreateAsync(SampleJobs.Make(1).Accepted(), null, None);

        await Should.ThrowAsync<ArithmeticException>(failing);
        await creating;

        (await store.GetAsync(SampleJobs.Id(1), None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_full_disk_is_reported_and_loses_nothing()
    {
        await store.CreateAsync(SampleJobs.Make(1).Accepted(), null, None);
        await SetMaxPagesAsync(80);
        var stored = 1;
        var failure = await Should.ThrowAsync<BackendUnavailableException>(async () =>
        {
            while (stored < 10_000)
            {
                await store.CreateAsync(SampleJobs.Make(stored + 1).Accepted(), null, None);
                stored++;
            }
        });

        failure.Message.ShouldContain("disk is full");
        failure.Message.ShouldContain(StorePath);
        for (var number = 1; number <= stored; number++)
            (await store.GetAsync(SampleJobs.Id(number), None)).ShouldNotBeNull();
        (await store.GetAsync(SampleJobs.Id(stored + 1), None)).ShouldBeNull();

        // There is room again: the same store goes on.
        await SetMaxPagesAsync(1_000_000);
        await store.CreateAsync(SampleJobs.Make(stored + 1).Accepted(), null, None);

        Task SetMaxPagesAsync(int pages) => store.File.WriteAsync(
            session =>
            {
                session.Run($"PRAGMA max_page_count={pages}");
                return true;
            },
            None);
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused()
    {
        await store.InitializeAsync(None);
        Manipulate("PRAGMA user_version=99");

        using var older = new SqliteJobStore(folder.Path);

        var failure = await Should.ThrowAsync<BackendUnavailableException>(() => older.InitializeAsync(None));
        failure.Message.ShouldContain("newer media-nommer (format 99; this one knows 1)");
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        using var other = new DataFolder();
        await File.WriteAllTextAsync(Path.Combine(other.Path, "store.db"), new string('x', 8192));
        using var broken = new SqliteJobStore(other.Path);

        var failure = await Should.ThrowAsync<BackendUnavailableException>(
            () => broken.GetAsync("any", None));
        failure.Message.ShouldContain("damaged or no database");
        await Should.ThrowAsync<BackendUnavailableException>(
            () => broken.CreateAsync(SampleJobs.Make(1).Accepted(), null, None));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_reported()
    {
        var file = Path.Combine(folder.Path, "file");
        await File.WriteAllTextAsync(file, "");
        using var impossible = new SqliteJobStore(Path.Combine(file, "data"));

        var failure = await Should.ThrowAsync<BackendUnavailableException>(() => impossible.InitializeAsync(None));
        failure.Message.ShouldContain(file);
    }

    [Fact]
    public async Task A_log_that_a_dead_process_left_is_taken_up()
    {
        using (var writer = new WriterProcess("create", folder.Path))
        {
            for (var i = 0; i < 20; i++)
                await writer.ReadLineAsync();
            writer.Kill();
        }

        // As after a power cut: the files as they lie on the disk, in another place, without the shared memory.
        using var copy = new DataFolder();
        foreach (var name in (string[])["store.db", "store.db-wal"])
            File.Copy(Path.Combine(folder.Path, name), Path.Combine(copy.Path, name));
        var log = new FileInfo(Path.Combine(copy.Path, "store.db-wal"));
        using (var torn = log.Open(FileMode.Append))
            torn.Write(new byte[1000]);

        using var recovered = new SqliteJobStore(copy.Path);
        (await recovered.ListAsync(new JobQuery { Limit = 1000 }, None)).Jobs.Count.ShouldBeGreaterThanOrEqualTo(20);
        await recovered.CreateAsync(SampleJobs.Make(1_000_000).Accepted(), null, None);
    }

    [Fact]
    public async Task The_log_beside_the_store_stays_small()
    {
        for (var i = 0; i < 40; i++)
            await Task.WhenAll(Enumerable.Range(0, 250).Select(k => store.CreateAsync(
                SampleJobs.Make((i * 250) + k).From(new string('x', 3000)).Accepted(), null, None)));

        new FileInfo(StorePath).Length.ShouldBeGreaterThan(30L << 20);
        new FileInfo(StorePath + "-wal").Length.ShouldBeLessThan(34L << 20);
    }

    [Fact]
    public async Task A_search_looks_at_a_bounded_number_of_jobs_and_hands_out_a_cursor()
    {
        await FillAsync(SqliteJobStore.ScanLimit + 5);
        var query = new JobQuery { Text = "clip-3." };

        var first = await store.ListAsync(query, None);
        var second = await store.ListAsync(query with { Cursor = first.Cursor }, None);

        first.Jobs.ShouldBeEmpty();
        first.Cursor.ShouldNotBeNull();
        second.Jobs.ShouldHaveSingleItem().Id.ShouldBe(SampleJobs.Id(3));
        second.Cursor.ShouldBeNull();
    }

    [Theory]
    [InlineData("SELECT doc FROM jobs WHERE id='x'")]
    [InlineData("SELECT number, id FROM jobs WHERE id<'~' ORDER BY id DESC")]
    [InlineData("SELECT number, id FROM jobs INDEXED BY jobs_by_state WHERE state=4 AND id<'~' ORDER BY id DESC")]
    [InlineData("SELECT doc FROM jobs WHERE next_check<=1 ORDER BY next_check LIMIT 5")]
    [InlineData("SELECT state, count(*) FROM jobs WHERE state<4 GROUP BY state")]
    [InlineData("SELECT id FROM jobs WHERE finished<1 ORDER BY finished LIMIT 5")]
    [InlineData("SELECT doc FROM outbox WHERE is_head=1 AND next_attempt<=1 ORDER BY next_attempt LIMIT 5")]
    [InlineData("SELECT doc FROM outbox WHERE state=1 AND id<'~' ORDER BY id DESC LIMIT 5")]
    public async Task Queries_walk_an_index_and_sort_nothing(string sql)
    {
        await store.InitializeAsync(None);

        var plan = string.Join('\n', store.File.Read(session =>
            session.Query("EXPLAIN QUERY PLAN " + sql, row => row.GetString(3))));

        plan.ShouldContain("INDEX");
        plan.ShouldNotContain("SCAN");
        plan.ShouldNotContain("TEMP B-TREE");
    }

    private async Task FillAsync(int jobs)
    {
        for (var i = 0; i < jobs; i += 1000)
            await Task.WhenAll(Enumerable.Range(i, Math.Min(1000, jobs - i))
                .Select(number => store.CreateAsync(SampleJobs.Make(number).Accepted(), null, None)));
    }

    private void Manipulate(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={StorePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
