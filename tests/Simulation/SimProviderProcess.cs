using Muster.Client.Connection;
using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Testing.Contract;
using Health = Muster.Core.Model.Health;
using Intent = Muster.Core.Model.Intent;

namespace Muster.Simulation;

/// <summary>A provider's process: the SDK's own session step, on a loop like the SDK's.</summary>
internal sealed class SimProviderProcess
{
    private readonly World _world;
    private readonly SimRegistry _registry;
    private readonly SimLink _link;
    private readonly SimProcess _process;
    private readonly SessionStep _step;
    private readonly Random _random;
    private readonly Backoff _backoff;
    private readonly Dictionary<ulong, long> _operations = [];
    private SimStream? _stream;
    private SimSession? _session;
    private TimeSpan? _answeredAt;
    private string _storeId = "";
    private bool _isConnecting;
    private int _wake;

    public SimProviderProcess(World world, SimRegistry registry, SimLink link, string name)
    {
        _world = world;
        _registry = registry;
        _link = link;
        _process = new SimProcess(world, name);
        _random = new Random(world.Random.Next());
        _backoff = new Backoff(_random);
        _step = new SessionStep(name);
    }

    public string Name => _process.Name;

    public bool IsStopped => _process.IsStopped;

    /// <summary>What it announces and has not taken back or lost for good.</summary>
    public IReadOnlyList<SessionEntry> Wanted => [.. _step.Entries.Where(e => e.IsWanted)];

    public void Announce(RegistrationOptions options) => Do(() =>
    {
        if (_step.Entries.All(e => e.InstanceId != options.InstanceId))
        {
            _step.Add(new SessionEntry(options, options.InstanceId!, new Backoff(_random)));
        }
    });

    public void SetIntent(Intent intent) => Do(() =>
    {
        if (Any() is { } entry)
        {
            _step.SetIntent(entry, intent);
        }
    });

    public void Deregister() => Do(() =>
    {
        if (Any() is { } entry)
        {
            _step.Deregister(entry);
        }
    });

    public void Stop() => _process.Stop();

    public void Continue()
    {
        if (_process.IsStopped)
        {
            _process.Continue();
        }
    }

    public void Kill(bool machineDies)
    {
        _process.Kill();
        if (machineDies)
        {
            _stream?.VanishClient();
        }
        else
        {
            _stream?.EndByClient();
        }
    }

    private SessionEntry? Any() => Wanted.Count == 0 ? null : Wanted[_world.Random.Next(Wanted.Count)];

    private void Do(Action step) => _world.At(_process, _world.Now, this, () =>
    {
        step();
        _step.TakeEffects();
        if (_stream is null)
        {
            ConnectIn(_step.TakeUrgency() ? TimeSpan.Zero : null);
        }

        Pump();
    });

    private void ConnectIn(TimeSpan? delay)
    {
        if (_isConnecting && delay is null)
        {
            return;
        }

        _isConnecting = true;
        var wake = ++_wake;
        _world.At(_process, _world.Now + (delay ?? TimeSpan.Zero), this, () =>
        {
            if (wake == _wake)
            {
                Connect();
            }
        });
    }

    private void Connect()
    {
        _isConnecting = false;
        if (_stream is not null || !_step.IsWanted)
        {
            return;
        }

        _answeredAt = null;
        _step.OnOpened();
        if (_registry.Node is not { } node)
        {
            Lost(StatusCode.Unavailable);
            return;
        }

        var stream = new SimStream(_world, _link, _process, node.Process);
        _stream = stream;
        _session = new SimSession(_world, node, stream, response =>
        {
            if (_stream == stream)
            {
                Receive(response);
            }
        });
        stream.ClientEnd = code =>
        {
            if (_stream == stream)
            {
                Lost(code);
            }
        };
        Pump();
    }

    private void Pump()
    {
        if (_stream is not { } stream || _session is not { } session)
        {
            return;
        }

        while (_step.TakeNext(_world.Now) is { } send)
        {
            if (send.Message.Renew is { } renew)
            {
                renew.Reports.Add(send.Reporting.Select(e => LoadReportMapping.ToWire(e.InstanceId, Health.Healthy, null)));
            }

            Invoke(send.Message);
            stream.Up(() => session.Receive(send.Message));
        }

        if (_step.CheckOver(_world.Now) is not null)
        {
            stream.EndByClient();
            Lost(null);
            return;
        }

        if (_step.WakeAt(_world.Now) is { } at)
        {
            var wake = ++_wake;
            var soonest = _world.Now + TimeSpan.FromMilliseconds(1);
            _world.At(_process, at > soonest ? at : soonest, this, () =>
            {
                if (wake == _wake)
                {
                    Pump();
                }
            });
        }
    }

    private void Receive(SessionResponse response)
    {
        _answeredAt ??= _world.Now;
        _storeId = response.Opened?.StoreId ?? _storeId;
        Acknowledge(response);
        _step.OnReceived(response, _world.Now, null);
        _step.TakeEffects();
        Pump();
    }

    private void Lost(StatusCode? code)
    {
        _stream = null;
        _session = null;
        _step.OnLost(_answeredAt is not null, code);
        _step.TakeEffects();
        if (_answeredAt is { } answered && _world.Now - answered >= Backoff.StableAfter)
        {
            _backoff.Reset();
        }

        if (_step.IsWanted)
        {
            ConnectIn(_backoff.Next(_step.FirstDelayMax));
        }
    }

    private void Invoke(SessionRequest request)
    {
        (OperationKind Kind, string Namespace, string Service, string Id, ulong Lease)? asked = request.RequestCase switch
        {
            SessionRequest.RequestOneofCase.Register => (OperationKind.Register, request.Register.Instance.Namespace,
                request.Register.Instance.Service, request.Register.Instance.Id, request.Register.LeaseId),
            SessionRequest.RequestOneofCase.Deregister => (OperationKind.Deregister, request.Deregister.Namespace,
                request.Deregister.Service, request.Deregister.InstanceId, request.Deregister.LeaseId),
            SessionRequest.RequestOneofCase.SetIntent => (OperationKind.SetIntent, request.SetIntent.Namespace,
                request.SetIntent.Service, request.SetIntent.InstanceId, request.SetIntent.LeaseId),
            _ => null,
        };
        if (asked is { } a)
        {
            var operation = _world.NextOperation();
            _operations[request.RequestId] = operation;
            var key = new InstanceKey(ServiceKey.Of(a.Namespace, a.Service), a.Id);
            _world.Record(new HistoryEvent.Invoked(_world.Now, operation, a.Kind, key, new LeaseId(a.Lease)));
        }
    }

    private void Acknowledge(SessionResponse response)
    {
        ulong? revision = response.ResponseCase switch
        {
            SessionResponse.ResponseOneofCase.Registered => response.Registered.Revision,
            SessionResponse.ResponseOneofCase.Deregistered => response.Deregistered.Revision,
            SessionResponse.ResponseOneofCase.IntentSet => response.IntentSet.Revision,
            _ => null,
        };
        if (_operations.Remove(response.RequestId, out var operation) && revision is { } reached)
        {
            _world.Record(new HistoryEvent.Acknowledged(_world.Now, operation, _storeId, new Revision(reached)));
        }
    }
}
