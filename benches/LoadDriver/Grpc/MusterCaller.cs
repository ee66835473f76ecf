using Muster.Bench.LoadDriver.Protos;
using Muster.Grpc;

namespace Muster.Bench.LoadDriver.Grpc;

/// <summary>The same calls by Muster.Grpc.</summary>
internal sealed class MusterCaller(HttpMessageInvoker invoker, Uri address)
{
    private readonly GrpcClient _client = new(invoker, address, new GrpcClientOptions { TimeProvider = TimeProvider.System });

    public async Task UnaryAsync() => Check((await _client.UnaryAsync(BenchMethods.Unary, BenchMethods.Message)).Number == BenchMethods.Message.Number);

    public async Task DownAsync(int messages)
    {
        await using var call = _client.ServerStreaming(
            BenchMethods.Down, new DownRequest { Messages = messages, Message = BenchMethods.Message });
        var count = 0;
        while (await call.ReadAsync() is not null)
        {
            count++;
        }

        Check(count == messages);
    }

    public async Task UpAsync(int messages)
    {
        await using var call = _client.Streaming(BenchMethods.Up);
        for (var i = 0; i < messages; i++)
        {
            await call.WriteAsync(BenchMethods.Message);
        }

        await call.CompleteWritesAsync();
        Check((await call.ReadAsync())!.Messages == messages);
    }

    private static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("The answer is not what was asked for.");
        }
    }
}
