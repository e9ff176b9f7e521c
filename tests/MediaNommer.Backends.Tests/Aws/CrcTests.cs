using System.Text;
using MediaNommer.Backends.Aws.S3;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Aws;

public class CrcTests
{
    // The check values of the catalogues of CRCs: what "123456789" gives.
    [Theory]
    [InlineData("CRC64NVME", "AE8B14860A799888")]
    [InlineData("CRC32", "CBF43926")]
    [InlineData("CRC32C", "E3069283")]
    public void The_checks_are_those_that_S3_means(string name, string check)
    {
        var crc = New(name);
        crc.Append("1234"u8);
        crc.Append("56789"u8);
        Convert.ToHexString(crc.Result()).ShouldBe(check);
    }

    [Theory]
    [InlineData("CRC64NVME")]
    [InlineData("CRC32")]
    [InlineData("CRC32C")]
    public void Eight_bytes_at_a_time_give_the_same_as_one_by_one(string name)
    {
        var data = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 1000)));
        var (whole, single) = (New(name), New(name));
        whole.Append(data);
        foreach (var value in data)
            single.Append([value]);
        whole.Result().ShouldBe(single.Result());
    }

    private static Crc New(string name) => name switch
    {
        "CRC64NVME" => Crc.Nvme(),
        "CRC32" => Crc.Ieee(),
        _ => Crc.Castagnoli(),
    };
}
