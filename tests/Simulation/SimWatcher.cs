using Muster.Client.Connection;
using Muster.Client.Discovery;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>A consumer: the SDK's own watch step on a loop like the SDK's, with a reader that may be slow.</summary>
internal sealed class SimWatcher
{
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(15);

    private readonly World _world;
    private readonly SimRegistry _registry;
    private readonly Fault _fault;
    private readonly SimProcess _process;
    private readonly WatchStep _step;
    private readonly Backoff _backoff;
    private readonly Queue<WatchResponse> _inbox = new();
    private SimStream? _stream;
    private SimWatch? _watch;
    private TimeSpan? _answeredAt;
    private bool _isReading;
    private int _wake;

    public SimWatcher(World world, SimRegistry registry, SimProcess nature, Fault fault, string name, IEnumerable<ServiceKey> services)
    {
        _world = world;
        _registry = registry;
        _fault = fault;
        _process = new SimProcess(world, name);
        Link = new SimLink(world, nature);
        var random = new Random(world.Random.Next());
        _step = new WatchStep(random);
        _backoff = new Backoff(random);
        foreach (var service in services)
        {
            _step.Add(service);
        }

        ConnectIn(TimeSpan.Zero);
    }

    public string Name => _process.Name;

    public SimLink Link { get; }

    /// <summary>How long it takes over each message.</summary>
    public TimeSpan ReadDelay { get; set; }

    public void Stop() => _process.Stop();

    public void Continue()
    {
        if (_process.IsStopped)
        {
            _process.Continue();
        }
    }

    /// <summary>Its connection breaks; it comes back by itself.</summary>
    public void Disconnect() => _stream?.Abort();

    private void ConnectIn(TimeSpan delay) => _world.At(_process, _world.Now + delay, this, Connect);

    private void Connect()
    {
        _answeredAt = null;
        _inbox.Clear();
        _step.OnOpened();
        if (_registry.Node is not { } node)
        {
            Lost();
            return;
        }

        var stream = new SimStream(_world, Link, _process, node.Process);
        var watch = new SimWatch(_world, node, stream, Name, message =>
        {
            if (_stream == stream)
            {
                _inbox.Enqueue(message);
                ReadSoon();
            }
        });
        _stream = stream;
        _watch = watch;
        stream.ClientEnd = _ =>
        {
            if (_stream == stream)
            {
                Lost();
            }
        };
        stream.Up(watch.Open);
        _world.At(_process, _world.Now + s_answerTimeout, this, () =>
        {
            if (_stream == stream && _answeredAt is null)
            {
                stream.EndByClient();
                Lost();
            }
        });
        Pump();
    }

    private void ReadSoon()
    {
        if (_isReading || _inbox.Count == 0)
        {
            return;
        }

        _isReading = true;
        _world.At(_process, _world.Now + ReadDelay, _inbox, () =>
        {
            _isReading = false;
            if (_inbox.TryDequeue(out var message))
            {
                _answeredAt ??= _world.Now;
                var watch = _watch!;
                _stream!.Up(watch.OnRead);
                Receive(message);
            }

            ReadSoon();
        });
    }

    private void Pump()
    {
        while (_stream is { } stream && _watch is { } watch && _step.TakeNext(_world.Now) is { } request)
        {
            if (request.Subscribe is { } subscribe)
            {
                var service = ServiceKey.Of(subscribe.Namespace, subscribe.Service);
                _world.Record(new HistoryEvent.Subscribed(_world.Now, Name, service, subscribe.Resume.ToCore()));
            }

            stream.Up(() => watch.Receive(request));
        }

        var wakeAt = _step.WakeAt is { } retry && (_step.GraceEndsAt is not { } grace || retry < grace) ? retry : _step.GraceEndsAt;
        if (wakeAt is { } at)
        {
            var wake = ++_wake;
            _world.At(_process, at > _world.Now ? at : _world.Now + TimeSpan.FromMilliseconds(1), this, () =>
            {
                if (wake == _wake)
                {
                    foreach (var outcome in _step.OnGraceOver(_world.Now))
                    {
                        Show(outcome.View!);
                    }

                    Pump();
                }
            });
        }
    }

    private void Receive(WatchResponse message)
    {
        if (WatchHistory.Of(_world.Now, Name, message) is { } delivered)
        {
            _world.Record(delivered);
        }

        var outcome = _step.OnReceived(message, _world.Now);
        if (outcome.Dropped is { } dropped)
        {
            _world.Fail(new InvalidOperationException($"The registry sent what the client drops: {dropped}"));
        }

        if (outcome.Reached is { } reached)
        {
            if (outcome.View is { } view)
            {
                Show(view);
            }

            _step.OnHandled(outcome.Service, reached);
        }

        Pump();
    }

    private void Show(ServiceView view)
    {
        var shown = view.Instances.Select(i => i.Record);
        if (_fault == Fault.HiddenInstance && _world.Chance(0.02))
        {
            shown = shown.Skip(1);
        }

        _world.Record(new HistoryEvent.Shown(_world.Now, Name, view.Key, [.. shown]));
    }

    private void Lost()
    {
        _stream = null;
        _watch = null;
        _inbox.Clear();
        _step.OnLost();
        _world.Record(new HistoryEvent.WatchLost(_world.Now, Name));
        if (_answeredAt is { } answered && _world.Now - answered >= Backoff.StableAfter)
        {
            _backoff.Reset();
        }

        ConnectIn(_backoff.Next());
    }
}
