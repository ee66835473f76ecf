using Google.Protobuf;
using Muster.Grpc;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>What came back of a gRPC call.</summary>
/// <param name="Status">How it ended; null if it was left before.</param>
/// <param name="Messages">What it said until then.</param>
internal sealed record WireAnswer(Status? Status, IReadOnlyList<IMessage> Messages);
