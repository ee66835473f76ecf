namespace Muster.Client.Resilience;

/// <summary>Why an attempt failed, as far as it decides what comes next.</summary>
internal enum AttemptFailure
{
    /// <summary>The caller gave up. Nobody's failure.</summary>
    Cancelled,

    /// <summary>No connection could be made: nothing was sent.</summary>
    ConnectFailed,

    /// <summary>No connection was begun, because too many others were being made: nothing was sent, and nothing is held against the
    /// instance.</summary>
    NoTurn,

    /// <summary>The instance refused the request before any of it ran (HTTP/2 REFUSED_STREAM).</summary>
    NeverRan,

    /// <summary>It broke after the request was sent: nobody knows whether it ran.</summary>
    Broken,

    /// <summary>It took longer than <see cref="Balancing.BalancingOptions.AttemptTimeout"/>: nobody knows whether it ran.</summary>
    TimedOut,

    /// <summary>The instance answered with a status that asks for another try (UNAVAILABLE, 503).</summary>
    Unavailable,

    /// <summary>The request itself cannot be sent, here or anywhere.</summary>
    BadRequest,
}
