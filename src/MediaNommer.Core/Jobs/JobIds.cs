using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MediaNommer.Core.Jobs;

/// <summary>
/// Makes ids that grow with time, so that "newest first" is the order of ids, backwards: UUIDs of version 7 whose bits
/// after the millisecond hold parts of it (RFC 9562, section 6.2, method 3), counted on where two are made at once.
/// </summary>
internal sealed class JobIds
{
    private const int FractionBits = 12;

    /// <summary>How far the count may run ahead of the clock before that is taken to have been set back.</summary>
    private const long MostAhead = 1000L << FractionBits;

    private long last;

    /// <summary>The maker of this process.</summary>
    public static JobIds Shared { get; } = new();

    /// <summary>A new id, without dashes; greater than all that were made here before, unless the clock was set back.</summary>
    public string New(DateTimeOffset now)
    {
        var stamp = NextStamp((now - DateTimeOffset.UnixEpoch).Ticks);
        Span<byte> random = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(random);
        var tail = (BinaryPrimitives.ReadUInt64LittleEndian(random) & ~0UL >> 2) | 1UL << 63;
        return FormattableString.Invariant(
            $"{stamp >> FractionBits:x12}7{stamp & ((1 << FractionBits) - 1):x3}{tail:x16}");
    }

    private long NextStamp(long ticks)
    {
        var (milliseconds, rest) = Math.DivRem(ticks, TimeSpan.TicksPerMillisecond);
        var wanted = (milliseconds << FractionBits) + ((rest << FractionBits) / TimeSpan.TicksPerMillisecond);
        while (true)
        {
            var before = Volatile.Read(ref last);
            var isSameMoment = before >= wanted && before - wanted < MostAhead;
            var next = isSameMoment ? before + 1 : wanted;
            if (Interlocked.CompareExchange(ref last, next, before) == before)
                return next;
        }
    }
}
