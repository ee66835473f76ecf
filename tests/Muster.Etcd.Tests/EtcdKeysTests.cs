using Google.Protobuf;

namespace Muster.Etcd.Tests;

public sealed class EtcdKeysTests
{
    [Theory]
    [InlineData("61", "62")]
    [InlineData("6162", "6163")]
    [InlineData("61ff", "62")]
    [InlineData("61ffff", "62")]
    [InlineData("ff", "00")]
    [InlineData("", "00")]
    public void PrefixEnd_Prefix_IsTheNextKeyThatDoesNotHaveIt(string prefix, string end)
    {
        var found = EtcdKeys.PrefixEnd(ByteString.CopyFrom(Convert.FromHexString(prefix)));

        Assert.Equal(end, Convert.ToHexStringLower(found.Span));
    }
}
