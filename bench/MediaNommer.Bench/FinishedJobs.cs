using System.Diagnostics;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Bench;

/// <summary>Puts finished jobs into a store as fast as it takes them, with the history and the log that real ones have.</summary>
internal sealed class FinishedJobs(IJobStore store)
{
    private const int InFlight = 256;

    private static readonly JobLog Log = new(1, string.Concat(Enumerable.Repeat(
        "frame=   50 fps= 25 q=28.0 size=     128kB time=00:00:02.00 bitrate= 524.3kbits/s speed=1.0x\n", 6)));

    private static readonly (JobState State, string Reason)[] Life =
    [
        (JobState.Pending, "Accepted."),
        (JobState.Downloading, "Attempt 1 was taken by bench-1-1."),
        (JobState.Encoding, "The source can be read where it is."),
        (JobState.Uploading, "The output was verified; putting it in place."),
        (JobState.Finished, "Done."),
    ];

    private readonly DateTimeOffset start = DateTimeOffset.UtcNow - TimeSpan.FromDays(20);
    private int next;

    public async Task<string> FillAsync(int count)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => FillSomeAsync(count)));
        return FormattableString.Invariant($"{{\"seconds\": {watch.Elapsed.TotalSeconds:0.000}}}");
    }

    private async Task FillSomeAsync(int count)
    {
        int number;
        while ((number = Interlocked.Increment(ref next)) <= count)
            await store.CreateAsync(Make(number), idempotencyKey: null, CancellationToken.None);
    }

    private JobChange Make(int number)
    {
        var created = start + TimeSpan.FromMilliseconds(number);
        var job = new Job
        {
            Id = Guid.CreateVersion7(created).ToString("N"),
            Spec = BenchJobs.Spec(number),
            State = JobState.Finished,
            Steps =
            [
                new JobStep
                {
                    Name = JobStep.Encode, State = JobState.Finished, Attempt = 1, WorkerId = "bench-1-1",
                    Progress = new StepProgress { Fraction = 1 }, LastOutcome = RunOutcome.Finished,
                },
            ],
            CreatedAt = created,
            UpdatedAt = created + TimeSpan.FromSeconds(2),
            StartedAt = created + TimeSpan.FromSeconds(1),
            FinishedAt = created + TimeSpan.FromSeconds(2),
            Output = new OutputFacts
            {
                Size = 131072, Duration = 2, Width = 320, Height = 180, Streams = ["video:h264", "audio:aac"],
            },
            EventCount = Life.Length,
            Version = 4,
        };
        return new JobChange { Job = job, Events = [.. Life.Select((line, i) => Event(created, line, i))], Log = Log };
    }

    private static JobEvent Event(DateTimeOffset created, (JobState State, string Reason) line, int i) => new()
    {
        Sequence = i + 1,
        At = created + TimeSpan.FromMilliseconds(500 * i),
        State = line.State,
        Attempt = i == 0 ? 0 : 1,
        WorkerId = i == 0 ? null : "bench-1-1",
        Outcome = line.State == JobState.Finished ? RunOutcome.Finished : null,
        Reason = line.Reason,
    };
}
