using System.Threading.Channels;

namespace Muster.Client.Connection;

/// <summary>Wakes one waiter; signals that nobody waited for merge into one, so none is lost and none piles up.</summary>
internal sealed class AsyncSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Wakes the waiter, or the next one.</summary>
    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Completes with the next signal.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        _ = await _channel.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
}
