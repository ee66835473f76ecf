using Google.Protobuf;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>One thing that a caller does, in one or more unary calls one after the other. Belongs to one caller, which uses it again
/// and again.</summary>
internal interface IExchange
{
    /// <summary>The first call.</summary>
    /// <param name="number">What it is about: an instance, a lease or a service, by number.</param>
    /// <returns>The method's path, and the request.</returns>
    (string Path, IMessage Request) Begin(long number);

    /// <summary>The call after an answer, or null if the thing is done.</summary>
    (string Path, IMessage Request)? Next(ReadOnlySpan<byte> response);

    /// <summary>What the last answer gave: a lease id, or a count.</summary>
    long Result { get; }
}
