using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Testing.Contract;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.Simulation;

/// <summary>Somebody with a script that registers things and does not stay: what the registry has to check by itself, and processes that
/// want the address of another.</summary>
internal sealed class SimScript(World world, SimRegistry registry, SimProcess nature)
{
    private readonly SimLink _link = new(world, nature);
    private readonly Dictionary<InstanceKey, LeaseId> _leases = [];

    /// <summary>Registers what has a check, again if need be.</summary>
    public void RegisterChecked(InstanceKey key, string host, ActiveCheck check, TimeSpan ttl) => Register(
        new InstanceRecord
        {
            Key = key, Host = host, Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, 5432)], Check = check,
        },
        ttl);

    /// <summary>Registers an instance at the address of another.</summary>
    public void RegisterAt(InstanceKey key, InstanceRecord other, TimeSpan ttl) =>
        Register(new InstanceRecord { Key = key, Host = other.Host, Endpoints = other.Endpoints }, ttl);

    /// <summary>Takes back what it registered.</summary>
    public void Deregister(InstanceKey key)
    {
        if (!_leases.TryGetValue(key, out var lease))
        {
            return;
        }

        var request = new DeregisterRequest
        {
            Namespace = key.Service.Namespace, Service = key.Service.Name, InstanceId = key.Id, LeaseId = lease.Value,
        };
        Ask(OperationKind.Deregister, key, lease, async node =>
            (await node.Calls.DeregisterAsync(request, lease, default)).TryGet(out var answer, out _) ? answer.Revision : null);
    }

    private void Register(InstanceRecord record, TimeSpan ttl)
    {
        var request = new RegisterRequest { Instance = record.ToWire(), TtlMs = (uint)ttl.TotalMilliseconds };
        Ask(OperationKind.Register, record.Key, LeaseId.None, async node =>
        {
            var arrived = world.Now;
            var registered = await node.Calls.RegisterAsync(request, LeaseId.None, default);
            node.RecordRefusal(request, registered.Refusal, arrived);
            if (!registered.TryGet(out var answer, out var refusal))
            {
                world.Note($"{record.Key}: {refusal.Reason}");
                return null;
            }

            var lease = new LeaseId(answer.LeaseId);
            world.Record(new HistoryEvent.Renewed(world.Now, lease, arrived));
            _leases[record.Key] = lease;
            return answer.Revision;
        });
    }

    private void Ask(OperationKind kind, InstanceKey key, LeaseId lease, Func<SimNode, Task<ulong?>> ask)
    {
        if (registry.Node is not { } node)
        {
            return;
        }

        var operation = world.NextOperation();
        world.Record(new HistoryEvent.Invoked(world.Now, operation, kind, key, lease));
        world.At(node.Process, world.Now + _link.Delay(), _link, () => _ = AnswerAsync());

        async Task AnswerAsync()
        {
            try
            {
                var storeId = node.Feed.Current.StoreId;
                if (await ask(node) is { } revision)
                {
                    world.At(nature, world.Now + _link.Delay(), _link, () =>
                        world.Record(new HistoryEvent.Acknowledged(world.Now, operation, storeId, new Revision(revision))));
                }
            }
            catch (Exception e)
            {
                world.Fail(e);
            }
        }
    }
}
