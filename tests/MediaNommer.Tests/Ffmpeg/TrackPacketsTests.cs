using System.Text;
using MediaNommer.Nommerd.Ffmpeg;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Ffmpeg;

/// <summary>What a stream really holds: holes, jumps of time and what edit lists leave out do not count.</summary>
public class TrackPacketsTests
{
    [Theory]
    [InlineData("0 1 2 3", 4)]
    [InlineData("4 5 6", 3)]
    [InlineData("0 1 5 6", 4)]
    [InlineData("0 1 3600 3601", 4)]
    [InlineData("10 11 0 1", 2)]
    [InlineData("0 1.01 2.02", 3.02)]
    [InlineData("0 0 1 1", 2)]
    [InlineData("0d 1d 2 3", 2)]
    public void Only_what_is_there_counts(string packets, double covered) =>
        Read(packets).Covered.ShouldBe(covered, 1e-9);

    [Theory]
    [InlineData("0n 1n 2 3 4n", 2)]
    [InlineData("0n 1n 5 6n", 2)]
    [InlineData("0 1n 2n", 0)]
    [InlineData("0n 1n 2n", 0)]
    public void What_comes_before_the_first_key_is_told_apart(string packets, double before) =>
        Read(packets).CoveredBeforeKey.ShouldBe(before, 1e-9);

    [Theory]
    [InlineData(1, 3, 2)]
    [InlineData(0.5, 100, 3.5)]
    [InlineData(7, 9, 0)]
    public void A_range_counts_from_the_beginning_of_the_file(double from, double until, double covered) =>
        Read("100 101 102 103", from, until).Covered.ShouldBe(covered, 1e-9);

    [Fact]
    public void Sums_and_ends_are_kept()
    {
        var track = Read("5 4 6");

        (track.Count, track.Bytes).ShouldBe((3L, 30L));
        (track.Start, track.End, track.Seconds).ShouldBe((4.0, 7.0, (double?)3.0));
    }

    [Fact]
    public void Streams_and_their_packets_make_a_description()
    {
        var reader = new ProbeReader();
        foreach (var piece in Encoding.ASCII.GetBytes("""
            packet|stream_index=1|pts_time=0.500000|dts_time=N/A|duration_time=1.000000|size=7|flags=K_
            program|stream|index=0|codec_name=h264|codec_type=video|width=16|height=8|duration=N/A|nb_read_frames=N/A
            stream|index=1|codec_name=aac|codec_type=audio|duration=9.000000|nb_read_frames=N/A

            stream|index=0|codec_name=h264|codec_type=video|width=16|height=8|duration=N/A|nb_read_frames=N/A|disposition:attached_pic=0
            stream|index=1|codec_name=aac|codec_type=audio|duration=9.000000|nb_read_frames=N/A|disposition:attached_pic=0
            format|duration=9.000000

            """).Chunk(11))
            reader.Take(piece);

        var answer = reader.Describe();

        answer.Seconds.ShouldBe(9);
        answer.Streams.ShouldBe(
        [
            new("video", "h264", 16, 8, 0, null, false) { Index = 0 },
            new("audio", "aac", 0, 0, 1, 1.0, false) { Index = 1, Bytes = 7, End = 1.5 },
        ]);
    }

    /// <summary>Packets of a second each by their times; <c>d</c> marks those that are not shown, <c>n</c> those that are no keys.</summary>
    private static TrackPackets Read(
        string packets, double from = double.NegativeInfinity, double until = double.PositiveInfinity)
    {
        var reader = new ProbeReader(from, until);
        foreach (var packet in packets.Split(' '))
        {
            var (time, flags) = (packet.TrimEnd('d', 'n'), packet[^1] switch { 'd' => "KD", 'n' => "__", _ => "K_" });
            reader.Take(Encoding.ASCII.GetBytes(
                $"packet|stream_index=0|pts_time={time}|dts_time={time}|duration_time=1.0|size=10|flags={flags}\n"));
        }
        return reader.Tracks[0];
    }
}
