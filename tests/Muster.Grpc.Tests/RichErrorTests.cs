using Google.Protobuf.WellKnownTypes;
using Muster.Grpc.Tests.Protos;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Tests;

/// <summary>What a status carries beside its code and text.</summary>
public sealed class RichErrorTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Details_BeforeOrAfterAMessage_Arrive(bool afterMessage)
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Expand = async (note, notes, _) =>
        {
            if (afterMessage)
            {
                await notes.WriteAsync(note);
            }

            throw RichError.Create(
                new Status(StatusCode.InvalidArgument, "grün"), note, Duration.FromTimeSpan(TimeSpan.FromSeconds(1)));
        };
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note { Number = 5 });
        var e = await Waits.RpcFailureAsync(async () =>
        {
            while (await call.ReadAsync() is not null)
            {
            }
        });
        Assert.Equal(new Status(StatusCode.InvalidArgument, "grün"), e.Status);
        var details = RichError.GetDetails(e);
        Assert.Equal(2, details.Count);
        Assert.True(details[0].TryUnpack<Note>(out var detail));
        Assert.Equal(5, detail.Number);
        Assert.Empty(e.Trailers);
    }

    [Fact]
    public async Task Details_OverTheBound_AreLeftOutAndTheStatusStays()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, _) => throw RichError.Create(
            new Status(StatusCode.NotFound, "none"), new Note { Text = new string('a', 20_000) });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(new Status(StatusCode.NotFound, "none"), e.Status);
        Assert.Null(e.StatusDetails);
    }

    [Fact]
    public void GetDetails_NoneOrGarbage_IsEmpty()
    {
        Assert.Empty(RichError.GetDetails(new RpcException(StatusCode.Internal, "")));
        Assert.Empty(
            RichError.GetDetails(new RpcException(StatusCode.Internal, "") { StatusDetails = new byte[] { 255 } }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(1500)]
    [InlineData(-1)]
    public async Task RetryPushback_Set_Arrives(int? milliseconds)
    {
        await using var server = await EchoServer.StartAsync();
        TimeSpan? pushback = milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
        server.Service.Unary = (_, _) =>
            throw new RpcException(StatusCode.Unavailable, "later") { RetryPushback = pushback };
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(pushback, e.RetryPushback);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("250", 250)]
    [InlineData("-1", -1)]
    [InlineData("", -1)]
    [InlineData("soon", -1)]
    [InlineData("99999999999", -1)]
    public void Pushback_AsAPeerMayWriteIt_IsAWaitOrMeansNever(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), PushbackCodec.Parse(text));
}
