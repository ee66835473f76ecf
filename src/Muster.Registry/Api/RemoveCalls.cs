using Muster.Core;
using Muster.Protocol.V1;

namespace Muster.Registry.Api;

/// <summary>Remove: an operator's last word about an instance.</summary>
internal sealed class RemoveCalls(OperatorRegistrar operators)
{
    public async Task<RemoveResponse> RemoveAsync(RemoveRequest request, ApiCaller caller)
    {
        var key = InstanceCalls.ReadKey(request.Namespace, request.Service, request.InstanceId).OrThrow();
        var asker = caller.OperatorName(request.Operator).OrThrow();
        Refusals.ThrowIfAny(Askers.Check("reason", request.Reason, Limits.OperatorReasonCharsMax));
        var revision = (await operators.RemoveAsync(key, asker, request.Reason, caller.CancellationToken)).OrThrow();
        return new RemoveResponse { Revision = revision.Value };
    }
}
