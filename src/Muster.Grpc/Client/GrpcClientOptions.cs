namespace Muster.Grpc;

/// <summary>What every call of a <see cref="GrpcClient"/> shares.</summary>
public sealed record GrpcClientOptions
{
    /// <summary>The largest message the client accepts.</summary>
    /// <value>Bytes. Default 4 MiB (4,194,304). Allowed: 1 to <see cref="int.MaxValue"/>. A larger message ends the
    /// call with <see cref="StatusCode.ResourceExhausted"/>.</value>
    public int ReceiveMessageBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest message the client sends.</summary>
    /// <value>Bytes. Default null: no bound. A larger message ends the call, unsent, with
    /// <see cref="StatusCode.ResourceExhausted"/>.</value>
    public int? SendMessageBytesMax { get; init; }

    /// <summary>The deadline of calls that give none themselves.</summary>
    /// <value>Default null: no deadline.</value>
    public TimeSpan? DefaultTimeout { get; init; }

    /// <summary>The clock that deadlines are measured with.</summary>
    /// <value>Required: the composition root passes the system's.</value>
    public required TimeProvider TimeProvider { get; init; }
}
