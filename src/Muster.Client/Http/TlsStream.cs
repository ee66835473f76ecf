using System.Net.Security;

namespace Muster.Client.Http;

/// <summary>A secured connection that can be watched before anybody reads from it.</summary>
/// <remarks>Servers of TLS 1.3 send tickets after the handshake: on its socket, a connection that is well looks like one that has ended. So
/// the first read begins at once, over which tickets pass unseen, and whoever reads first waits for it.</remarks>
/// <param name="inner">The connection, which this owns.</param>
internal sealed class TlsStream(Stream inner) : SslStream(inner)
{
    private Task<int>? _watch;

    /// <summary>Ends when there is something to read, which may be the end. Null if it is not watched.</summary>
    public Task? News => _watch;

    /// <summary>Begins to watch it. Once, after the handshake, and before it is given to anybody.</summary>
    public void Watch()
    {
        // Of no bytes: it ends when there are some, and takes none.
        _watch = base.ReadAsync(Memory<byte>.Empty, CancellationToken.None).AsTask();
        _ = _watch.ContinueWith(
            static watch => _ = watch.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _watch is { } watch ? ReadAfterAsync(watch, buffer, cancellationToken) : base.ReadAsync(buffer, cancellationToken);

    // A reader that gives up leaves the watch to the next.
    private async ValueTask<int> ReadAfterAsync(Task<int> watch, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
        _watch = null;
        return await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
