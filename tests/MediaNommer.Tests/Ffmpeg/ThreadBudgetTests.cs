using MediaNommer.Core.Jobs;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

public class ThreadBudgetTests
{
    [Fact]
    public void One_alone_has_all_processors_and_later_ones_an_even_share()
    {
        var budget = new ThreadBudget(0, processors: 8);
        using var first = budget.Take();
        first.Threads.ShouldBe(0);
        using (var second = budget.Take())
        {
            using var third = budget.Take();
            (second.Threads, third.Threads).ShouldBe((4, 3));
        }

        budget.Take().Threads.ShouldBe(4);
    }

    [Fact]
    public void A_setting_holds_for_every_run() => new ThreadBudget(2, processors: 8).Take().Threads.ShouldBe(2);

    [Fact]
    public void No_share_changes_nothing()
    {
        var pass = Pass([], [new("c:v", "libx265")]);
        ThreadBudget.Apply(pass, 0).ShouldBeSameAs(pass);
    }

    [Theory]
    [InlineData("libx264", null)]
    [InlineData("libx265", "x265-params=pools=2")]
    [InlineData("libsvtav1", "svtav1-params=lp=2")]
    public void Decoder_filters_and_encoder_each_get_the_share(string encoder, string? own)
    {
        var pass = ThreadBudget.Apply(Pass([], [new("c:v", encoder)]), 2);

        Show(pass.InfileOptions).ShouldBe(["filter_threads=2", "filter_complex_threads=2", "threads=2"]);
        Show(pass.OutfileOptions).ShouldBe(own is null ? [$"c:v={encoder}", "threads=2"] : [$"c:v={encoder}", "threads=2", own]);
    }

    [Fact]
    public void What_the_job_says_stands()
    {
        var pass = ThreadBudget.Apply(
            Pass([new("threads", "3")], [new("vcodec", "libx265"), new("threads", "0"), new("filter_threads", "5")]), 2);

        Show(pass.InfileOptions).ShouldBe(["threads=3", "filter_complex_threads=2"]);
        Show(pass.OutfileOptions).ShouldBe(["vcodec=libx265", "threads=0", "filter_threads=5"]);
    }

    [Theory]
    [InlineData("crf=20", "crf=20:pools=2")]
    [InlineData("pools=4:crf=20", "pools=4:crf=20")]
    public void Settings_of_the_encoder_are_added_to(string asked, string expected) =>
        Show(ThreadBudget.Apply(Pass([], [new("c:v", "libx265"), new("x265-params", asked)]), 2).OutfileOptions)
            .ShouldContain($"x265-params={expected}");

    [Theory]
    [InlineData(null, 100, "100")]
    [InlineData("50", 100, "50")]
    [InlineData("500", 100, "100")]
    [InlineData("many", 100, "100")]
    [InlineData(null, 0, null)]
    public void A_job_may_ask_for_fewer_pixels_but_not_for_more(string? asked, long limit, string? expected)
    {
        var pass = InputLimits.Apply(Pass(asked is null ? [] : [new("max_pixels:v", asked)], []), limit);

        pass.InfileOptions.SingleOrDefault(option => option.Key.StartsWith("max_pixels", StringComparison.Ordinal))?.Value.ShouldBe(expected);
        pass.InfileOptions.ShouldContain(option => option.Key == "max_alloc");
    }

    private static EncodePass Pass(OptionPair[] infile, OptionPair[] outfile) =>
        new() { InfileOptions = infile, OutfileOptions = outfile };

    private static IEnumerable<string> Show(IReadOnlyList<OptionPair> options) =>
        options.Select(option => $"{option.Key}={option.Value}");
}
