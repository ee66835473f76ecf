using Google.Protobuf;
using Muster.Bench.LoadDriver.Http2;
using Muster.Bench.LoadDriver.Registry.Systems;

namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>A caller that does one exchange after the other, until there is nothing left to do.</summary>
/// <param name="exchange">What it does.</param>
/// <param name="work">What is left to do, shared with other callers.</param>
internal sealed class Caller(IExchange exchange, Work work) : FrameStream
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (string Path, IMessage Request)? _next;
    private long _number;
    private long _started;

    /// <summary>Completes when there is nothing left to do; fails with the first call that fails.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Begins on a connection, which is the caller's to flush.</summary>
    public void Begin(FrameConnection connection)
    {
        if (!work.TryTake(out _number))
        {
            _finished.TrySetResult();
            return;
        }

        _started = work.Now;
        Call(connection, exchange.Begin(_number));
    }

    protected override void OnMessage(FrameConnection connection, ReadOnlySpan<byte> message) => _next = exchange.Next(message);

    public override void OnEnd(FrameConnection connection, string? failure)
    {
        if (failure is not null)
        {
            _finished.TrySetException(new InvalidOperationException($"A call failed: {failure}"));
            return;
        }

        if (_next is { } next)
        {
            Call(connection, next);
            return;
        }

        work.Done(_number, exchange.Result, _started);
        Begin(connection);
    }

    private void Call(FrameConnection connection, (string Path, IMessage Request) call)
    {
        _next = null;
        Reset();
        connection.Start(this, call.Path, call.Request.ToByteArray(), isLast: true);
    }
}
