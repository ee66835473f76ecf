using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Testing.Contract;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.Simulation;

/// <summary>A provider without the SDK: unary calls, a KeepAlive every third of its TTL, and a new registration when its lease is
/// gone.</summary>
internal sealed class SimSimpleClient(World world, SimRegistry registry, SimProcess nature, string name, ServiceKey service, TimeSpan ttl)
{
    private SimProcess? _process;
    private LeaseId _lease;
    private bool _isWanted;

    public string Name => name;

    public SimLink Link { get; } = new(world, nature);

    public void Start()
    {
        if (_process is null)
        {
            _process = new SimProcess(world, name);
            _lease = LeaseId.None;
            _isWanted = true;
            Beat(_process);
        }
    }

    public void Kill()
    {
        _process?.Kill();
        _process = null;
    }

    /// <summary>It takes its instance back, and ends.</summary>
    public void Leave()
    {
        if (_process is not { } process || _lease == LeaseId.None)
        {
            return;
        }

        _isWanted = false;
        var lease = _lease;
        var request = new DeregisterRequest
        {
            Namespace = service.Namespace, Service = service.Name, InstanceId = name, LeaseId = lease.Value,
        };
        Change(process, OperationKind.Deregister, lease, async node =>
            (await node.Calls.DeregisterAsync(request, lease, default)).TryGet(out var answer, out _) ? answer.Revision : null);
    }

    private void Beat(SimProcess process) => world.At(process, world.Now, this, () =>
    {
        if (_isWanted && _lease == LeaseId.None)
        {
            Register(process);
        }
        else if (_isWanted)
        {
            Renew(process, _lease);
        }

        world.At(process, world.Now + (ttl / 3), this, () => Beat(process));
    });

    private void Register(SimProcess process)
    {
        var record = new InstanceRecord
        {
            Key = new InstanceKey(service, name),
            Host = $"host-{name}",
            Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, 9000)],
        };
        var request = new RegisterRequest { Instance = record.ToWire(), TtlMs = (uint)ttl.TotalMilliseconds };
        Change(process, OperationKind.Register, LeaseId.None, async node =>
        {
            var began = world.Now;
            if (!(await node.Calls.RegisterAsync(request, LeaseId.None, default)).TryGet(out var answer, out _))
            {
                return null;
            }

            var lease = new LeaseId(answer.LeaseId);
            world.Record(new HistoryEvent.Renewed(world.Now, lease, began));
            Answer(process, () => _lease = lease);
            return answer.Revision;
        });
    }

    private void Renew(SimProcess process, LeaseId lease) => Call(process, node =>
    {
        if (node.Calls.Renew(lease, []).Refusal is null)
        {
            node.Renewed(lease);
        }
        else
        {
            Answer(process, () => _lease = _lease == lease ? LeaseId.None : _lease);
        }

        return Task.CompletedTask;
    });

    private void Change(SimProcess process, OperationKind kind, LeaseId lease, Func<SimNode, Task<ulong?>> ask)
    {
        var operation = world.NextOperation();
        world.Record(new HistoryEvent.Invoked(world.Now, operation, kind, new InstanceKey(service, name), lease));
        Call(process, async node =>
        {
            var storeId = node.Feed.Current.StoreId;
            if (await ask(node) is { } revision)
            {
                Answer(process, () => world.Record(new HistoryEvent.Acknowledged(world.Now, operation, storeId, new Revision(revision))));
            }
        });
    }

    private void Call(SimProcess process, Func<SimNode, Task> run) => Link.Send(() =>
    {
        if (registry.Node is { } node && process.IsAlive)
        {
            world.At(node.Process, world.Now + Link.Delay(), Link, () => _ = RunAsync(run(node)));
        }
    });

    // Any answer may overtake another: each call is a stream of its own.
    private void Answer(SimProcess process, Action arrive) =>
        Link.Send(() => world.At(process, world.Now + Link.Delay(), Link, arrive));

    private async Task RunAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception e)
        {
            world.Fail(e);
        }
    }
}
