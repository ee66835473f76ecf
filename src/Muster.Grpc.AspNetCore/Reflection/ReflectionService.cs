using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Muster.Grpc.AspNetCore.Calls;
using Muster.Grpc.AspNetCore.Reflection;
using Muster.Grpc.Reflection;
using Muster.Grpc.Reflection.Protos.V1;

namespace Muster.Grpc.AspNetCore;

/// <summary>Server reflection, v1 and v1alpha: tools learn from the server itself which services are mapped and what
/// their messages look like. Map it like any other service.</summary>
/// <remarks>Thread-safe. It shows every gRPC endpoint of the application, its own included, as they are when it is
/// first asked. Whoever may call it learns the whole contract; guard it with an authorization convention where that
/// matters.</remarks>
public sealed class ReflectionService : IGrpcService
{
    // Set once by the first call; two first calls at once build the same index twice, and either may stay.
    private volatile ReflectionIndex? _index;

    /// <inheritdoc />
    public void Bind(GrpcServiceBinder binder)
    {
        ArgumentNullException.ThrowIfNull(binder);
        binder.Duplex(ReflectionMethods.V1, AnswerAsync);
        binder.Duplex(ReflectionMethods.V1Alpha, AnswerAsync);
    }

    private async Task AnswerAsync(
        IRequestReader<ServerReflectionRequest> requests,
        IResponseWriter<ServerReflectionResponse> responses,
        GrpcServerContext context)
    {
        var index = _index ??= CreateIndex(context);
        var stopping = StoppingToken.Of(context.HttpContext);
        try
        {
            await foreach (var request in requests.ReadAllAsync(stopping).ConfigureAwait(false))
            {
                await responses.WriteAsync(index.Answer(request)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (
            stopping.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(StoppingToken.Status);
        }
    }

    private static ReflectionIndex CreateIndex(GrpcServerContext context)
    {
        var endpoints = context.HttpContext.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints;
        return new ReflectionIndex(endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethod>())
            .OfType<GrpcMethod>()
            .Select(method => method.Descriptor.Service)
            .Distinct());
    }
}
