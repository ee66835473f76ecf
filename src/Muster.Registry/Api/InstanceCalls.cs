using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry.Sessions;
using Muster.Registry.Watch;

namespace Muster.Registry.Api;

/// <summary>Register, KeepAlive, Deregister, SetIntent: as unary calls, and as the same requests inside a session.</summary>
internal sealed class InstanceCalls(Registrar registrar, OperatorRegistrar operators, LeaseKeeper leases, WatchHub hub)
{
    private const int FinalAnswersSaid = 3;

    public async Task<RegisterResponse> RegisterAsync(RegisterRequest request, ApiCaller caller) =>
        (await RegisterAsync(request, new LeaseId(request.LeaseId), caller.CancellationToken)).OrThrow();

    public Task<KeepAliveResponse> KeepAliveAsync(KeepAliveRequest request, ApiCaller caller)
    {
        var lease = new LeaseId(request.LeaseId);
        if (Final(lease) is { } final)
        {
            throw final.ToException();
        }

        var ttl = Renew(lease, request.Reports).OrThrow();
        return Task.FromResult(new KeepAliveResponse { TtlMs = ttl });
    }

    public async Task<DeregisterResponse> DeregisterAsync(DeregisterRequest request, ApiCaller caller) =>
        (await DeregisterAsync(request, new LeaseId(request.LeaseId), caller.CancellationToken)).OrThrow();

    public async Task<SetIntentResponse> SetIntentAsync(SetIntentRequest request, ApiCaller caller)
    {
        var asker = caller.OperatorName(request.Operator).OrThrow();
        return (await SetIntentAsync(request, new LeaseId(request.LeaseId), asker, caller.CancellationToken)).OrThrow();
    }

    public async Task<Answer<RegisterResponse>> RegisterAsync(
        RegisterRequest request, LeaseId lease, CancellationToken cancellationToken)
    {
        if (request.Instance is null)
        {
            return Refusal.Invalid(new Violation("instance", "absent", "it is required"));
        }

        var badInstance = request.Instance.ToCore(out var draft);
        var badTtl = InstanceValidator.ValidateTtl(request.TtlMs, out var ttl);
        var badHealth = EnumMapping.ReadHealth("health", request.Health, out var health);
        if ((badInstance ?? badTtl ?? badHealth) is { } violation)
        {
            return Refusal.Invalid(violation);
        }

        var answer = await registrar.RegisterAsync(draft, lease, ttl, health, cancellationToken);
        if (!answer.TryGet(out var registered, out var refusal))
        {
            return refusal;
        }

        return new RegisterResponse
        {
            InstanceId = registered.Key.Id,
            LeaseId = registered.Lease.Value,
            TtlMs = (uint)(registrar.Current.Leases.GetValueOrDefault(registered.Lease)?.Lease.Ttl ?? ttl).TotalMilliseconds,
            Revision = registered.Revision.Value,
            StoreId = registrar.Current.StoreId,
        };
    }

    public async Task<Answer<DeregisterResponse>> DeregisterAsync(
        DeregisterRequest request, LeaseId lease, CancellationToken cancellationToken)
    {
        if (!ReadKey(request.Namespace, request.Service, request.InstanceId).TryGet(out var key, out var refusal))
        {
            return refusal;
        }

        var answer = await registrar.DeregisterAsync(key, lease, cancellationToken);
        return answer.TryGet(out var revision, out refusal) ? new DeregisterResponse { Revision = revision.Value } : refusal;
    }

    /// <summary>Sets the wish of the lease's owner, or with <see cref="LeaseId.None"/> an operator's.</summary>
    public async Task<Answer<SetIntentResponse>> SetIntentAsync(
        SetIntentRequest request, LeaseId lease, string asker, CancellationToken cancellationToken)
    {
        if (!ReadKey(request.Namespace, request.Service, request.InstanceId).TryGet(out var key, out var refusal))
        {
            return refusal;
        }

        var badIntent = EnumMapping.ReadIntent("intent", request.Intent, out var intent);
        var badPatience = DrainMapping.ReadPatience("await_watchers_ms", request.AwaitWatchersMs, out var patience);
        if ((badIntent ?? badPatience) is { } violation)
        {
            return Refusal.Invalid(violation);
        }

        var answer = lease == LeaseId.None
            ? await operators.SetIntentAsync(key, intent, asker, cancellationToken)
            : await registrar.SetIntentAsync(key, lease, intent, cancellationToken);
        if (!answer.TryGet(out var set, out refusal))
        {
            return refusal;
        }

        var response = new SetIntentResponse { Revision = set.Revision.Value, Intent = set.Intent.ToWire() };
        if (patience > TimeSpan.Zero && hub.AwaitWatchers(key.Service, patience) is { } waiting)
        {
            response.Drain = (await waiting.WaitAsync(cancellationToken)).ToWire();
        }

        return response;
    }

    /// <summary>Renews a lease and takes its reports; all of them are checked before the first is used.</summary>
    /// <returns>The TTL in milliseconds.</returns>
    public Answer<uint> Renew(LeaseId lease, IReadOnlyList<Protocol.V1.LoadReport> wireReports)
    {
        if (wireReports.Count > Core.Limits.InstancesPerLeaseMax)
        {
            return Refusal.Invalid(new Violation("reports", $"{wireReports.Count} entries", $"at most {Core.Limits.InstancesPerLeaseMax} are allowed"));
        }

        var reports = new (string Id, Core.Model.Health Health, Core.Model.LoadReport? Load)[wireReports.Count];
        for (var i = 0; i < reports.Length; i++)
        {
            var violation = wireReports[i].ToCore(out var health, out var load)
                ?? (load is null ? null : LoadReportValidator.Validate(load));
            if (violation is not null)
            {
                return Refusal.Invalid(violation with { Field = $"reports[{i}].{violation.Field}" });
            }

            reports[i] = (wireReports[i].InstanceId, health, load);
        }

        if (leases.Renew(lease) is not { } ttl)
        {
            return Refusal.LeaseNotFound(lease);
        }

        foreach (var (id, health, load) in reports)
        {
            if (!leases.Report(lease, id, health, load))
            {
                return Refusal.Precondition($"lease_id is {lease.Value}: it is renewed, but it does not hold instance '{id}'.");
            }
        }

        return (uint)ttl.TotalMilliseconds;
    }

    // A lease whose last instance was superseded or removed: "register anew" would be the wrong advice.
    private Refusal? Final(LeaseId lease)
    {
        var answers = leases.FinalAnswersOf(lease);
        return answers.Count == 0 || registrar.Current.Leases.GetValueOrDefault(lease)?.Instances.Count > 0
            ? null
            : Refusal.Precondition($"lease_id is {lease.Value}: it holds nothing any more, {Say(answers)}; that is final, so do not register it again.");
    }

    // A status travels in a header, which has room for some of ten thousand.
    private static string Say(IReadOnlyCollection<FinalAnswer> answers) =>
        string.Join(" and ", answers.Take(FinalAnswersSaid).Select(a => a.ToString()))
            + (answers.Count > FinalAnswersSaid ? $" and so on for {answers.Count - FinalAnswersSaid} more" : "");

    public static Answer<InstanceKey> ReadKey(string serviceNamespace, string service, string id)
    {
        var key = new InstanceKey(ServiceKey.Of(serviceNamespace, service), id);
        var violation = InstanceValidator.ValidateService(key.Service)
            ?? InstanceValidator.ValidateId("instance_id", id);
        return violation is null ? key : Refusal.Invalid(violation);
    }
}
