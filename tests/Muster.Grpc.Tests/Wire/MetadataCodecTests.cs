using Muster.Grpc.Wire;

namespace Muster.Grpc.Tests.Wire;

public sealed class MetadataCodecTests
{
    [Theory]
    [InlineData("AQ", new byte[] { 1 })]
    [InlineData("AQ==", new byte[] { 1 })]
    [InlineData("AQI", new byte[] { 1, 2 })]
    [InlineData("AQID", new byte[] { 1, 2, 3 })]
    [InlineData("", new byte[0])]
    public void Decode_Base64PaddedOrNot_IsRead(string text, byte[] bytes)
    {
        var metadata = new Metadata();
        MetadataCodec.Decode(metadata, "x-bin", text);
        Assert.Equal(bytes, metadata.Single().BinaryValue!);
    }

    [Theory]
    [InlineData("AQ,Ag")]
    [InlineData("AQ==, Ag==")]
    [InlineData("AQ ,Ag==")]
    public void Decode_Base64JoinedByCommas_IsSplit(string text)
    {
        var metadata = new Metadata();
        MetadataCodec.Decode(metadata, "x-bin", text);
        Assert.Equal([1, 2], metadata.Select(e => (int)e.BinaryValue!.Single()));
    }

    [Theory]
    [InlineData("A")]
    [InlineData("*")]
    [InlineData("AQ=A")]
    public void Decode_NotBase64_IsInternal(string text)
    {
        var e = Assert.Throws<RpcException>(() => MetadataCodec.Decode(new Metadata(), "x-bin", text));
        Assert.Equal(StatusCode.Internal, e.Code);
    }
}
