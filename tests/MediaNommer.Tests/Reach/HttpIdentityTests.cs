using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Reach;

/// <summary>Which addresses of web servers are one destination.</summary>
public sealed class HttpIdentityTests
{
    [Theory]
    [InlineData("https://h/a.mp4?X-Amz-Date=1&X-Amz-Signature=2", "https://H:443/a.mp4?X-Amz-Date=3&X-Amz-Signature=4", true)]
    [InlineData("https://h/a.mp4?AWSAccessKeyId=k&Expires=1&Signature=s", "https://h/a.mp4?AWSAccessKeyId=k&Expires=2&Signature=t", true)]
    [InlineData("https://h/c/a.mp4?sv=1&se=2026&sp=w&sig=x", "https://h/c/a.mp4?sv=1&se=2027&sp=w&sig=y", true)]
    [InlineData("https://h/%61.mp4", "https://h/a.mp4", true)]
    [InlineData("https://h/put?file=a.mp4&signature=x", "https://h/put?file=b.mp4&signature=y", false)]
    [InlineData("https://h/put?design=a", "https://h/put?design=b", false)]
    [InlineData("https://h/put?st=a&policy=1", "https://h/put?st=b&policy=2", false)]
    [InlineData("https://h/c/a.mp4?part=1&se=2026&sig=x", "https://h/c/a.mp4?part=2&se=2026&sig=y", false)]
    [InlineData("https://h/a.mp4", "https://h:8443/a.mp4", false)]
    public void A_place_is_known_again_whoever_signed_its_address(string one, string other, bool isSame)
    {
        using var storage = new HttpStorage(new StorageOptions(), TimeProvider.System);

        (storage.IdentityOf(one) == storage.IdentityOf(other)).ShouldBe(isSame);
    }
}
