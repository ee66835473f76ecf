namespace Muster.Grpc;

/// <summary>What one call asks for beyond its message. The default value asks for nothing.</summary>
public readonly record struct GrpcCallOptions
{
    /// <summary>Metadata to send; null means none.</summary>
    public Metadata? Headers { get; init; }

    /// <summary>How long the call may take, sent to the server as <c>grpc-timeout</c> and enforced here too. Null means
    /// no deadline; zero and less end the call at once with <see cref="StatusCode.DeadlineExceeded"/>,
    /// unsent.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Compresses request messages with gzip where that makes them smaller. A server that does not know gzip
    /// ends the call with <see cref="StatusCode.Unimplemented"/>. Default false. Compressed responses are always
    /// understood.</summary>
    public bool Compress { get; init; }

    /// <summary>Waits for a server that cannot be reached, trying again with growing pauses (100 ms to 5 s), instead of
    /// failing with <see cref="StatusCode.Unavailable"/>. Only while it is certain that no server has seen the call.
    /// Default false. Without a deadline the wait lasts until the caller cancels.</summary>
    public bool WaitForReady { get; init; }

    /// <summary>Cancels the call on both sides; it then ends with <see cref="StatusCode.Cancelled"/>.</summary>
    public CancellationToken CancellationToken { get; init; }
}
