namespace Muster.Grpc;

/// <summary>The response of a unary call with the metadata around it.</summary>
/// <param name="Response">The message.</param>
/// <param name="Headers">The initial metadata.</param>
/// <param name="Trailers">The trailing metadata.</param>
public readonly record struct UnaryResult<TResponse>(TResponse Response, Metadata Headers, Metadata Trailers);
