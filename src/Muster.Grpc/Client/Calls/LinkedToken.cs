namespace Muster.Grpc.Calls;

/// <summary>Joins the call's token with the one given to each read or write. The same token usually comes again, so the
/// join is kept: a stream pays for it once, not once per message.</summary>
internal sealed class LinkedToken(CancellationToken call)
{
    private CancellationToken _other;
    private CancellationTokenSource? _joined;

    public CancellationToken With(CancellationToken other)
    {
        if (!other.CanBeCanceled || other == call)
        {
            return call;
        }

        if (_joined is null || other != _other)
        {
            _joined?.Dispose();
            _joined = CancellationTokenSource.CreateLinkedTokenSource(call, other);
            _other = other;
        }

        return _joined.Token;
    }

    /// <summary>Lets go of the other token, which may outlive the call by far.</summary>
    public void Release()
    {
        _joined?.Dispose();
        _joined = null;
        _other = default;
    }
}
