using Muster.Core;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.V1;

namespace Muster.Registry.Api;

/// <summary>Remove: an operator's last word about an instance.</summary>
internal sealed class RemoveCalls(OperatorRegistrar operators)
{
    public async Task<RemoveResponse> RemoveAsync(RemoveRequest request, GrpcServerContext context)
    {
        var key = InstanceCalls.ReadKey(request.Namespace, request.Service, request.InstanceId).OrThrow();
        var asker = context.OperatorName(request.Operator).OrThrow();
        Refusals.ThrowIfAny(Askers.Check("reason", request.Reason, Limits.OperatorReasonCharsMax));
        var revision = (await operators.RemoveAsync(key, asker, request.Reason, context.CancellationToken)).OrThrow();
        return new RemoveResponse { Revision = revision.Value };
    }
}
