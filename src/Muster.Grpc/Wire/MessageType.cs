using Google.Protobuf;

namespace Muster.Grpc.Wire;

/// <summary>How to read messages of one type.</summary>
/// <param name="Parser">Parses them.</param>
/// <param name="Name">Their full name, for error messages.</param>
internal readonly record struct MessageType<T>(MessageParser<T> Parser, string Name)
    where T : class, IMessage<T>;
