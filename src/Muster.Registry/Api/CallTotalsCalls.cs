using System.Globalization;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry.Watch;

namespace Muster.Registry.Api;

/// <summary>ListCallTotals: what callers saw of the instances that they call.</summary>
internal sealed class CallTotalsCalls(CallKeeper calls)
{
    public Task<ListCallTotalsResponse> ListAsync(ListCallTotalsRequest request, ApiCaller caller)
    {
        var scope = Scopes.Read(request.Namespace, request.Service);
        if (request.Limit > Limits.CallTotalsPerAnswerMax)
        {
            Refusals.ThrowIfAny(new Violation("limit", request.Limit.ToString(CultureInfo.InvariantCulture),
                $"0 to {Limits.CallTotalsPerAnswerMax} are allowed, 0 means {Limits.CallTotalsPerAnswerDefault}"));
        }

        var limit = request.Limit == 0 ? Limits.CallTotalsPerAnswerDefault : (int)request.Limit;
        var found = calls.List(s => Scopes.Matches(s, scope), request.OnlyTripped, limit, out var count);
        var response = new ListCallTotalsResponse { InstancesCount = count };
        response.Instances.Add(found.Select(t => t.ToWire()));
        return Task.FromResult(response);
    }
}
