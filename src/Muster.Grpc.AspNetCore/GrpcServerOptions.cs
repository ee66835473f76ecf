namespace Muster.Grpc.AspNetCore;

/// <summary>What every method of a mapped service shares.</summary>
public sealed record GrpcServerOptions
{
    /// <summary>The largest request message accepted.</summary>
    /// <value>Bytes. Default 4 MiB (4,194,304). Allowed: 1 to <see cref="int.MaxValue"/>. A larger message ends the
    /// call with <see cref="StatusCode.ResourceExhausted"/>.</value>
    public int ReceiveMessageBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest response message sent.</summary>
    /// <value>Bytes. Default null: no bound.</value>
    public int? SendMessageBytesMax { get; init; }

    /// <summary>Whether responses are compressed with gzip, where the client accepts it and a message gets
    /// smaller.</summary>
    /// <value>Default false. A handler overrides it by <see cref="GrpcServerContext.CompressResponses"/>. Compressed
    /// requests are always understood.</value>
    public bool CompressResponses { get; init; }
}
