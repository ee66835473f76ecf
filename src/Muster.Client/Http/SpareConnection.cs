using System.Net.Sockets;

namespace Muster.Client.Http;

/// <summary>A connection that is made before anybody asks for it.</summary>
/// <remarks>Whoever takes it out of its connector's slot owns it, exactly one: a call, the timer that gives it up, or the connector's
/// end.</remarks>
/// <param name="aim">What it is secured for; null is not secured.</param>
internal sealed class SpareConnection(TlsAim? aim)
{
    private readonly TaskCompletionSource<Stream> _made = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _limit;

    public TlsAim? Aim => aim;

    /// <summary>Whether it was made and has ended since. Its owner may be anybody: what it says is only worth something to who then owns
    /// it.</summary>
    public bool HasEnded => _made.Task.IsCompletedSuccessfully && !IsUsable(_made.Task.Result);

    /// <summary>It has been made.</summary>
    public void OnMade(Stream stream)
    {
        (stream as TlsStream)?.Watch();
        _made.TrySetResult(stream);
    }

    /// <summary>It could not be made. Nobody need be waiting for it.</summary>
    public void OnFailed(Exception exception)
    {
        _made.TrySetException(exception);
        _ = _made.Task.Exception;
    }

    /// <summary>Lets it be given up after a while.</summary>
    public void Limit(ITimer timer) => _limit = timer;

    /// <summary>Waits for it, by its owner.</summary>
    /// <param name="wanted">What it is needed for; null is not secured.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if it is of no use, or not any more.</returns>
    /// <exception cref="SocketException">It could not be made.</exception>
    public async ValueTask<Stream?> TakeAsync(TlsAim? wanted, CancellationToken cancellationToken)
    {
        if (wanted != aim)
        {
            GiveUp();
            return null;
        }

        Stream stream;
        try
        {
            stream = await _made.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            GiveUp();
            throw;
        }

        _limit?.Dispose();
        if (IsUsable(stream))
        {
            return stream;
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>Closes it, now or when it has been made, by its owner.</summary>
    public void GiveUp()
    {
        _limit?.Dispose();
        _ = _made.Task.ContinueWith(
            static made =>
            {
                if (made.IsCompletedSuccessfully)
                {
                    made.Result.Dispose();
                }
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    // Something to read before anything was asked is an end, a reset, or a server that complains of the silence. One that greets
    // first is not told from those: to it a connection is made when it is needed.
    private static bool IsUsable(Stream stream)
    {
        try
        {
            return stream is TlsStream secured ? secured.News is { IsCompleted: false } : !((NetworkStream)stream).Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
