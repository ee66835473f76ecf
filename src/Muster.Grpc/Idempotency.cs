namespace Muster.Grpc;

/// <summary>What the .proto file says of running a method twice
/// (<c>google.protobuf.MethodOptions.idempotency_level</c>).</summary>
public enum Idempotency
{
    /// <summary>Nothing is declared: a call that may have run must not be sent again.</summary>
    Unknown,

    /// <summary>Reads only.</summary>
    NoSideEffects,

    /// <summary>Running twice has the effect of running once.</summary>
    Idempotent,
}
