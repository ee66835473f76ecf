using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.Grpc.AspNetCore.Calls;

namespace Muster.Grpc.AspNetCore;

/// <summary>Maps gRPC services to endpoints.</summary>
public static class GrpcEndpointExtensions
{
    /// <summary>Maps every method that the service binds. Calls of methods that no mapped service binds are answered
    /// with <see cref="StatusCode.Unimplemented"/>.</summary>
    /// <param name="endpoints">The application. Deadlines are measured with the <see cref="TimeProvider"/> of its
    /// services, or the system's clock if none is registered.</param>
    /// <param name="service">The service; one instance serves all calls, so it must be thread-safe.</param>
    /// <param name="options">Limits; null means the defaults.</param>
    /// <returns>Takes conventions (authorization, rate limits, ...) for all methods of the service. Each endpoint
    /// carries its <see cref="GrpcMethod"/> as metadata.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the message names it.</exception>
    public static IEndpointConventionBuilder MapGrpcService(
        this IEndpointRouteBuilder endpoints, IGrpcService service, GrpcServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(service);
        var binder = new GrpcServiceBinder(
            CreateSettings(endpoints.ServiceProvider, options ?? new GrpcServerOptions()));
        service.Bind(binder);
        UnimplementedEndpoint.EnsureMapped(endpoints);

        var builders = new List<IEndpointConventionBuilder>();
        foreach (var handler in binder.Handlers)
        {
            builders.Add(endpoints.Map(handler.Method.FullName, handler.InvokeAsync)
                .WithDisplayName($"gRPC - {handler.Method.FullName}")
                .WithMetadata(handler.Method));
        }

        return new MethodConventions(builders);
    }

    private static CallSettings CreateSettings(IServiceProvider services, GrpcServerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(
            options.ReceiveMessageBytesMax, 1, nameof(options.ReceiveMessageBytesMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(
            options.SendMessageBytesMax ?? 1, 1, nameof(options.SendMessageBytesMax));
#pragma warning disable RS0030 // The one place: ASP.NET Core itself falls back to the system's clock in the same way.
        var timeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System;
#pragma warning restore RS0030
        ILogger logger = services.GetService<ILoggerFactory>()?.CreateLogger("Muster.Grpc") ?? NullLogger.Instance;
        return new CallSettings(options, timeProvider, logger);
    }
}
