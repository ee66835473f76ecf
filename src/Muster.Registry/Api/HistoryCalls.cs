using System.Globalization;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry.Checks;
using Muster.Registry.Sessions;
using Muster.Registry.Watch;

namespace Muster.Registry.Api;

/// <summary>ListRemovals and ExplainInstance: why did it leave, and why is it as it is?</summary>
internal sealed class HistoryCalls(
    CatalogFeed feed, Removals removals, LeaseKeeper leases, CheckRunner checks, CallKeeper calls, MonotonicClock clock)
{
    private const int ExplanationsMax = 100;
    private const int RemovalsPerExplanationMax = 20;

    public async Task<ListRemovalsResponse> ListRemovalsAsync(ListRemovalsRequest request, ApiCaller caller)
    {
        var key = Scopes.Read(request.Namespace, request.Service);
        if (request.Limit > Limits.RemovalsPerAnswerMax)
        {
            Refusals.ThrowIfAny(new Violation("limit", request.Limit.ToString(CultureInfo.InvariantCulture),
                $"0 to {Limits.RemovalsPerAnswerMax} are allowed, 0 means {Limits.RemovalsPerAnswerDefault}"));
        }

        var snapshot = await feed.ReadAsync(request.MinRevision, caller.CancellationToken);
        var limit = request.Limit == 0 ? Limits.RemovalsPerAnswerDefault : (int)request.Limit;
        var isOneService = key.Name.Length > 0 && key.Namespace != Scopes.EveryNamespace;
        var found = isOneService ? removals.Of(key, limit) : removals.Where(r => Scopes.Matches(r.Instance.Service, key), limit);
        var response = new ListRemovalsResponse
        {
            ServiceKnown = isOneService
                ? snapshot.Services.ContainsKey(key) || removals.Knows(key)
                : found.Count > 0 || snapshot.Services.Keys.Any(s => Scopes.Matches(s, key)),
            Token = snapshot.Token.ToWire(),
            NowUnixMs = clock.Wall.ToUnixTimeMilliseconds(),
        };
        response.Removals.Add(found.Select(r => r.ToWire()));
        return response;
    }

    public Task<ExplainInstanceResponse> ExplainInstanceAsync(ExplainInstanceRequest request, ApiCaller caller)
    {
        var scope = Scopes.Read(request.Namespace, request.Service);
        Refusals.ThrowIfAny(InstanceValidator.ValidateId("instance_id", request.InstanceId));
        var snapshot = feed.Current;
        var left = removals.Where(
            r => r.Instance.Id == request.InstanceId && Scopes.Matches(r.Instance.Service, scope), ExplanationsMax * RemovalsPerExplanationMax);
        var services = snapshot.Services.Values.Where(s => s.Instances.ContainsKey(request.InstanceId)).Select(s => s.Key)
            .Concat(left.Select(r => r.Instance.Service))
            .Concat(snapshot.Holds.Keys.Where(k => k.Id == request.InstanceId).Select(k => k.Service))
            .Where(s => Scopes.Matches(s, scope))
            .Distinct()
            .OrderBy(s => s, ServiceKey.Order)
            .Take(ExplanationsMax);
        var response = new ExplainInstanceResponse { NowUnixMs = clock.Wall.ToUnixTimeMilliseconds() };
        response.Explanations.Add(services.Select(s => Explain(snapshot, new InstanceKey(s, request.InstanceId), left)));
        return Task.FromResult(response);
    }

    private Explanation Explain(CatalogSnapshot snapshot, InstanceKey key, IEnumerable<RemovalRecord> left)
    {
        var explanation = new Explanation { Namespace = key.Service.Namespace, Service = key.Service.Name, InstanceId = key.Id };
        if (snapshot.Find(key) is { } record)
        {
            explanation.Listed = new InstanceState
            {
                Instance = record.ToWire(),
                Soft = leases.StateOf(key).ToWire(key.Id, clock.Now),
                Check = checks.SignsOf(key)?.ToWire(),
            };
            explanation.Signs = leases.SignsOf(record.Lease)?.ToWire();
            explanation.IsGuarded = leases.IsGuarded(key.Service);
            explanation.Calls = calls.Of(key)?.ToWire();
        }

        if (snapshot.Holds.TryGetValue(key, out var hold))
        {
            explanation.Hold = new OperatorHold { Intent = hold.Intent.ToWire(), By = hold.By, AtUnixMs = hold.At.ToUnixTimeMilliseconds() };
        }

        explanation.Removals.Add(left.Where(r => r.Instance == key).Take(RemovalsPerExplanationMax).Select(r => r.ToWire()));
        return explanation;
    }
}
