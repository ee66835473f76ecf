using Muster.Grpc.AspNetCore;
using Muster.Samples.Contracts;
using Muster.Samples.V1;

namespace Muster.Samples.Echo;

/// <summary>Says the text again.</summary>
internal sealed class EchoService(string instanceId) : IGrpcService
{
    /// <inheritdoc />
    public void Bind(GrpcServiceBinder binder) => binder.Unary(EchoMethods.Echo, EchoAsync);

    private Task<EchoResponse> EchoAsync(EchoRequest request, GrpcServerContext context) =>
        Task.FromResult(new EchoResponse { Text = request.Text, ServedBy = instanceId });
}
