namespace Muster.Client.Telemetry;

/// <summary>Why there is an attempt.</summary>
internal enum AttemptKind
{
    /// <summary>The call's first.</summary>
    First,

    /// <summary>One before it failed.</summary>
    Retry,

    /// <summary>One before it takes long.</summary>
    Hedge,

    /// <summary>One before it never ran: no connection, or refused unread.</summary>
    TransparentRetry,
}
