using Muster.Client.Balancing;
using Muster.Grpc;

namespace Muster.Client.Http;

/// <summary>An attempt whose answer is with the caller and has not come to its end: read, broken, disposed early, or forgotten.</summary>
/// <remarks>
/// Used again and again, since one that is made costs as much as the pick and the counting: the collector has to watch it. Exactly one
/// other object holds it, and lets go of it before it ends it (<see cref="Interlocked.Exchange{T}(ref T, T)"/>), so nobody can end it a
/// second time, when it is another call's. One that is forgotten comes back from nobody: it ends when it is collected.
/// </remarks>
internal sealed class OpenAttempt : ICallFollower
{
    private static readonly SparePool<OpenAttempt> s_spare = new();

    // Empty from the moment on when the collector has found this one forgotten.
    private readonly WeakReference<OpenAttempt> _unlessForgotten;
    private Attempt _attempt;
    private HttpResponseMessage? _response;

    private OpenAttempt() => _unlessForgotten = new WeakReference<OpenAttempt>(this);

    // A caller that drops the response on the floor must not leave the instance looking busy for ever.
    ~OpenAttempt()
    {
        if (_response is not null)
        {
            _attempt.End(AttemptResult.Cancelled);
        }
    }

    /// <summary>Begins to watch an answer.</summary>
    /// <param name="attempt">The attempt that brought it.</param>
    /// <param name="response">The answer.</param>
    public static OpenAttempt Of(in Attempt attempt, HttpResponseMessage response)
    {
        var open = s_spare.TryTake() ?? new OpenAttempt();
        open._attempt = attempt;
        open._response = response;
        return open;
    }

    /// <summary>The answer was read to its end; what its trailers say decides.</summary>
    public void EndRead()
    {
        var response = _response!;
        if (TryClose(out var attempt))
        {
            Delivery.EndRead(attempt, response);
        }
    }

    /// <summary>Reading failed. A cancelled read is the caller's doing.</summary>
    public void EndFailed(Exception exception) =>
        End(exception is IOException or HttpRequestException { HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded }
            ? AttemptResult.Failure
            : AttemptResult.Cancelled, exception);

    /// <summary>The caller has had enough. An answer that is an error has said so with its head, and few read on.</summary>
    public void EndAbandoned() =>
        End(_response!.IsSuccessStatusCode ? AttemptResult.Cancelled : ResponseSignals.ResultOf(_response, status: null));

    /// <summary>Lets go of the attempt, which is watched in another way.</summary>
    public void Discard() => TryClose(out _);

    void ICallFollower.OnEnded(HttpResponseMessage? response, Exception? failure)
    {
        if (response is not null && response == _response)
        {
            EndRead();
        }
        else if (failure is not null)
        {
            EndFailed(failure);
        }
        else
        {
            EndAbandoned();
        }
    }

    private void End(AttemptResult result, Exception? exception = null)
    {
        var response = _response;
        if (TryClose(out var attempt))
        {
            attempt.End(result, response: response, exception: exception);
        }
    }

    // False for one that the collector has found forgotten, and that a finalizer of the caller's has come back to: the finalizer
    // here, which nothing keeps from coming, ends it. Used again, it would end another call.
    private bool TryClose(out Attempt attempt)
    {
        attempt = _attempt;
        if (!_unlessForgotten.TryGetTarget(out _))
        {
            return false;
        }

        (_attempt, _response) = (default, null);
        if (!s_spare.TryPut(this))
        {
            // Enough are kept. CA1816 expects this in Dispose.
#pragma warning disable CA1816
            GC.SuppressFinalize(this);
#pragma warning restore CA1816
        }

        return true;
    }
}
