using Muster.Client.Balancing;
using Muster.Grpc;

namespace Muster.Client.Telemetry;

/// <summary>How an attempt ended, as far as is known here.</summary>
/// <param name="Result">What it says of the instance.</param>
/// <param name="Status">The gRPC status; null if none came.</param>
/// <param name="Response">The answer; null if there is none.</param>
/// <param name="Exception">What was thrown; null if nothing was.</param>
internal readonly record struct AttemptEnd(
    AttemptResult Result, StatusCode? Status = null, HttpResponseMessage? Response = null, Exception? Exception = null);
