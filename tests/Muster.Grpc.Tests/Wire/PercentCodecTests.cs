using Muster.Grpc.Wire;

namespace Muster.Grpc.Tests.Wire;

public sealed class PercentCodecTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain ~ text", "plain ~ text")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("ü", "%C3%BC")]
    [InlineData("🙂", "%F0%9F%99%82")]
    [InlineData("\u007f", "%7F")]
    public void Encode_Text_RoundTrips(string text, string encoded)
    {
        Assert.Equal(encoded, PercentCodec.Encode(text));
        Assert.Equal(text, PercentCodec.Decode(encoded));
    }

    [Fact]
    public void Encode_LoneSurrogate_BecomesTheReplacementCharacter() =>
        Assert.Equal("%EF%BF%BD", PercentCodec.Encode("\ud83d"));

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%4g", "%4g")]
    [InlineData("a%41", "aA")]
    [InlineData("%c3%bc", "ü")]
    public void Decode_BadOrLowerCaseEscapes_AreKeptOrRead(string text, string decoded) =>
        Assert.Equal(decoded, PercentCodec.Decode(text));
}
