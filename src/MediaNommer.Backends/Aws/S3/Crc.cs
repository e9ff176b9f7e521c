using System.Buffers.Binary;

namespace MediaNommer.Backends.Aws.S3;

/// <summary>
/// The cyclic redundancy checks that S3 knows, eight bytes at a time ("slicing by 8"): .NET has none of them.
/// </summary>
internal sealed class Crc
{
    private static readonly Lazy<ulong[]> NvmeTable = new(() => TableOf(0x9A6C_9329_AC4B_C9B5));
    private static readonly Lazy<ulong[]> IeeeTable = new(() => TableOf(0xEDB8_8320));
    private static readonly Lazy<ulong[]> CastagnoliTable = new(() => TableOf(0x82F6_3B78));

    private readonly ulong[] table;
    private readonly int bytes;
    private ulong state;

    private Crc(ulong[] table, int bytes)
    {
        (this.table, this.bytes) = (table, bytes);
        state = Mask;
    }

    private ulong Mask => bytes == 8 ? ulong.MaxValue : uint.MaxValue;

    /// <summary>CRC64NVME, which Amazon keeps of every object unless it was told another.</summary>
    public static Crc Nvme() => new(NvmeTable.Value, 8);

    /// <summary>CRC32, as in zip files.</summary>
    public static Crc Ieee() => new(IeeeTable.Value, 4);

    /// <summary>CRC32C.</summary>
    public static Crc Castagnoli() => new(CastagnoliTable.Value, 4);

    public void Append(ReadOnlySpan<byte> data)
    {
        var (crc, t) = (state, table);
        for (; data.Length >= 8; data = data[8..])
        {
            crc ^= BinaryPrimitives.ReadUInt64LittleEndian(data);
            crc = t[0x700 + (int)(crc & 0xFF)] ^ t[0x600 + (int)((crc >> 8) & 0xFF)]
                ^ t[0x500 + (int)((crc >> 16) & 0xFF)] ^ t[0x400 + (int)((crc >> 24) & 0xFF)]
                ^ t[0x300 + (int)((crc >> 32) & 0xFF)] ^ t[0x200 + (int)((crc >> 40) & 0xFF)]
                ^ t[0x100 + (int)((crc >> 48) & 0xFF)] ^ t[(int)(crc >> 56)];
        }

        foreach (var value in data)
            crc = t[(int)((crc ^ value) & 0xFF)] ^ (crc >> 8);
        state = crc;
    }

    /// <summary>The check of all that was appended, highest byte first.</summary>
    public byte[] Result()
    {
        var result = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(result, state ^ Mask);
        return result[(8 - bytes)..];
    }

    private static ulong[] TableOf(ulong polynomial)
    {
        var table = new ulong[8 * 256];
        for (var i = 0; i < 256; i++)
        {
            var crc = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ polynomial;
            table[i] = crc;
        }

        for (var i = 256; i < table.Length; i++)
            table[i] = (table[i - 256] >> 8) ^ table[(int)(table[i - 256] & 0xFF)];
        return table;
    }
}
