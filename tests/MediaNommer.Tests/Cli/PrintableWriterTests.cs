using MediaNommer.Cli;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Cli;

public class PrintableWriterTests
{
    [Theory]
    [InlineData("Fälm 日本語 👨\u200d👩.mp4\tx\n", "Fälm 日本語 👨\u200d👩.mp4\tx\n")]
    [InlineData("a\u001b]0;owned\u0007b", "a\ufffd]0;owned\ufffdb")]
    [InlineData("a\u009b2Jb", "a\ufffd2Jb")]
    [InlineData("evil\u202egpj.mp4", "evil\ufffdgpj.mp4")]
    [InlineData("\u200e\u2066a\u2069\ufeff", "\ufffd\ufffda\ufffd\ufffd")]
    public void What_strangers_wrote_does_not_steer_a_terminal(string text, string shown)
    {
        using var terminal = new StringWriter();
        using var writer = new PrintableWriter(terminal);

        writer.Write(text);
        foreach (var letter in text)
            writer.Write(letter);
        writer.Write(text.AsSpan());

        terminal.ToString().ShouldBe(shown + shown + shown);
    }
}
