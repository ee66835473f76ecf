using System.Diagnostics;
using Google.Protobuf;
using Muster.Bench.LoadDriver.Protos;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadDriver.Grpc;

/// <summary>Measures calls and messages in alternating rounds: bare, Muster, bare, Muster, over one connection each.</summary>
internal sealed class GrpcRounds(ServerProcess server, int rounds, TimeSpan duration)
{
    /// <summary>So many messages a stream: enough that its beginning and end do not count.</summary>
    private const int StreamMessages = 20_000;

    private const int WarmUpRounds = 2;

    private readonly Aim _rate = Aim.AtLeast(0.85);

    /// <summary>Unary calls by so many callers at once.</summary>
    public async Task<IEnumerable<ComparedRow>> UnaryAsync(int callers, CancellationToken cancellationToken)
    {
        using var invoker = NewInvoker();
        using var bareInvoker = NewInvoker();
        var muster = new MusterCaller(invoker, server.Address);
        var bare = new BareCaller(bareInvoker, server.Address);
        var name = callers == 1 ? "unary, 1 caller" : $"unary, {callers} callers";
        var rate = new ComparedRow($"{name}: calls/s", _rate);
        var client = new ComparedRow($"{name}: client bytes/call", Aim.AtMost(1.25));
        var serverBytes = new ComparedRow($"{name}: server bytes/call", null);
        await AlternateAsync(
            () => MeasureAsync(callers, bare.UnaryAsync, cancellationToken),
            () => MeasureAsync(callers, muster.UnaryAsync, cancellationToken),
            [rate, client, serverBytes]);
        return [rate, client, serverBytes];
    }

    /// <summary>Messages down one stream, and up one.</summary>
    public async Task<IEnumerable<ComparedRow>> StreamAsync(bool isDown, CancellationToken cancellationToken)
    {
        using var invoker = NewInvoker();
        using var bareInvoker = NewInvoker();
        var muster = new MusterCaller(invoker, server.Address);
        var bare = new BareCaller(bareInvoker, server.Address);
        var name = isDown ? "stream down" : "stream up";
        var rate = new ComparedRow($"{name}: messages/s", _rate);
        var client = new ComparedRow($"{name}: client bytes/message", null);
        var serverBytes = new ComparedRow($"{name}: server bytes/message", null);
        await AlternateAsync(
            () => MeasureAsync(1, () => isDown ? bare.DownAsync(StreamMessages) : bare.UpAsync(StreamMessages), cancellationToken, StreamMessages),
            () => MeasureAsync(1, () => isDown ? muster.DownAsync(StreamMessages) : muster.UpAsync(StreamMessages), cancellationToken, StreamMessages),
            [rate, client, serverBytes]);
        List<ComparedRow> rows = [rate, client, serverBytes, BeyondTheMessage(name, isDown ? client : serverBytes)];
        if (isDown)
        {
            var parsed = new ComparedRow($"{name}: messages/s, bare parses them too", null);
            await AlternateAsync(
                () => MeasureAsync(1, () => bare.DownParsedAsync(StreamMessages), cancellationToken, StreamMessages),
                () => MeasureAsync(1, () => muster.DownAsync(StreamMessages), cancellationToken, StreamMessages),
                [parsed]);
            rows.Add(parsed);
        }

        return rows;
    }

    /// <summary>What the receiving side allocates for a message, beside what the message itself is.</summary>
    private static ComparedRow BeyondTheMessage(string name, ComparedRow received)
    {
        const int Messages = 10_000;
        var body = BenchMethods.Message.ToByteArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++)
        {
            Payload.Parser.ParseFrom(body.AsSpan());
        }

        var itself = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Messages;
        var row = new ComparedRow($"{name}: received bytes/message beside those of the message itself", Aim.AtMost(1.05));
        row.Add(received.Muster.Median, itself);
        return row;
    }

    private static HttpMessageInvoker NewInvoker() => new(new SocketsHttpHandler { UseProxy = false });

    private Task AlternateAsync(Func<Task<double[]>> bare, Func<Task<double[]>> muster, ComparedRow[] rows) =>
        Alternation.RunAsync(rounds, WarmUpRounds, bare, muster, (ofBare, ofMuster) =>
        {
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i].Add(ofMuster[i], ofBare[i]);
            }
        });

    /// <returns>Units per second, bytes per unit here, bytes per unit at the server.</returns>
    private async Task<double[]> MeasureAsync(
        int callers, Func<Task> call, CancellationToken cancellationToken, int unitsPerCall = 1)
    {
        var serverBefore = await server.AllocatedAsync(cancellationToken);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var calls = 0L;
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await call();
                calls++;
            }

            return calls;
        })));
        var elapsed = Stopwatch.GetElapsedTime(started);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        var serverAllocated = await server.AllocatedAsync(cancellationToken) - serverBefore;
        double units = counts.Sum() * unitsPerCall;
        return [units / elapsed.TotalSeconds, allocated / units, serverAllocated / units];
    }
}
