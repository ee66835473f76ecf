using Microsoft.Extensions.Logging;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>What all methods of a mapped service share.</summary>
internal sealed record CallSettings(GrpcServerOptions Options, TimeProvider TimeProvider, ILogger Logger);
