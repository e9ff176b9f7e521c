using MediaNommer.Core.Jobs;
using MediaNommer.Core.Storage;

namespace MediaNommer.Bench;

/// <summary>What the jobs of the benchmarks ask for.</summary>
internal static class BenchJobs
{
    /// <summary>The number-th of them. One in a hundred has the label <c>rare</c>, one in a thousand <c>needle</c> in its source.</summary>
    public static JobSpec Spec(int number) => new()
    {
        Source = Address(number % 1000 == 0 ? $"/media/incoming/needle-{number}.mov" : $"/media/incoming/clip-{number}.mov"),
        Dest = Address($"/media/outgoing/clip-{number}.mp4"),
        Options = new EncodeOptions
        {
            Passes =
            [
                new EncodePass
                {
                    OutfileOptions =
                    [
                        new OptionPair("c:v", "libx264"), new OptionPair("crf", "23"),
                        new OptionPair("c:a", "aac"), new OptionPair("b:a", "96k"),
                    ],
                    MoveAtomToFront = true,
                },
            ],
        },
        Labels = number % 100 == 0 ? ["bench", "rare"] : ["bench"],
    };

    private static MediaUri Address(string path) => new(path, Sealed: null);
}
