using Muster.Core;
using Muster.Core.Model;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>One run from one seed: some providers, some watchers, a registry, a minute or so in which much goes wrong, and then the
/// time for everything to come to rest.</summary>
internal sealed class Run
{
    private static readonly ServiceKey[] s_services = [ServiceKey.Of("", "calculator"), ServiceKey.Of("", "echo")];

    // The longest back-off of a client, with the time to connect and to be answered.
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(60);

    private readonly World _world;
    private readonly SimProcess _nature;
    private readonly SimRegistry _registry;
    private readonly SimOperator _operator;
    private readonly List<SimProvider> _providers = [];
    private readonly List<SimWatcher> _watchers = [];
    private readonly SimSimpleClient _simple;
    private readonly Troubles? _troubles;
    private readonly TimeSpan _ttl;
    private readonly int _instancesEach;
    private readonly double _misfortune;
    private bool _isCalm;

    private Run(int seed, Fault fault)
    {
        _world = new World(seed);
        _nature = new SimProcess(_world, "nature");
        var targets = new SimTargets(_world);
        _registry = new SimRegistry(_world, fault, targets);
        _operator = new SimOperator(_world, _registry, _nature);
        _ttl = TimeSpan.FromSeconds(_world.Random.Next(1, 4));
        _misfortune = 0.5 + (3 * _world.Random.NextDouble());
        // Now and then a fleet that is large enough for the mass-expiry guard.
        var isFleet = _world.Chance(0.2);
        _instancesEach = isFleet ? 4 : _world.Random.Next(1, 4);
        var providers = isFleet ? 8 : _world.Random.Next(2, 6);
        for (var i = 0; i < providers; i++)
        {
            _providers.Add(new SimProvider(_world, _registry, _nature, $"p{i}", s_services[i % 2], _ttl));
        }

        _simple = new SimSimpleClient(_world, _registry, _nature, "simple", s_services[0], _ttl);
        var watchers = _world.Random.Next(1, 4);
        for (var i = 0; i < watchers; i++)
        {
            var services = s_services.Take(_world.Random.Next(1, 3)).Concat(Troubles.Befall(seed) ? [Troubles.Service] : []);
            _watchers.Add(new SimWatcher(_world, _registry, _nature, fault, $"w{i}", services));
        }

        _troubles = Troubles.Befall(seed) ? new Troubles(_world, _registry, _nature, targets, _providers, _ttl) : null;
    }

    /// <summary>Runs a seed.</summary>
    public static Outcome Of(int seed, Fault fault = Fault.None)
    {
        var run = new Run(seed, fault);
        run.RunAll();
        var world = run._world;
        var violations = HistoryChecker.Check(world.History);
        return new Outcome(seed, world.History, violations, world.Defect, world.Trace);
    }

    private void RunAll()
    {
        _registry.Start();
        foreach (var provider in _providers)
        {
            Later(_world.Milliseconds(0, 2000), () => provider.Start(_instancesEach, _world.Chance(0.5)));
        }

        if (_world.Chance(0.5))
        {
            Later(_world.Milliseconds(0, 2000), _simple.Start);
        }

        var storm = TimeSpan.FromSeconds(_world.Random.Next(10, 45));
        NextMisfortune();
        _troubles?.Begin();
        _world.RunUntil(storm);
        Calm();
        _world.RunUntil(storm + s_settle + ((Limits.GuardTtlsMax + 2) * _ttl));
        if (_world.Defect is null)
        {
            _world.Record(new HistoryEvent.Quiesced(_world.Now));
            JudgeProviders();
        }
    }

    private void NextMisfortune() => Later(_world.Milliseconds(0, 2000 * _misfortune), () =>
    {
        if (!_isCalm)
        {
            Misfortune();
            NextMisfortune();
        }
    });

    private void Misfortune()
    {
        var provider = _providers[_world.Random.Next(_providers.Count)];
        var watcher = _watchers[_world.Random.Next(_watchers.Count)];
        var brief = _world.Milliseconds(10, 1500);
        var longer = _world.Milliseconds(10, 6000 * _ttl.TotalSeconds);
        var lasts = _world.Chance(0.5) ? brief : longer;
        switch (_world.Random.Next(23))
        {
            case 0 or 1:
                Do($"kill {provider.Name}", () => provider.Kill(machineDies: false));
                Later(lasts, () => Restart(provider));
                break;
            case 2:
                Do($"{provider.Name} loses power", () => provider.Kill(machineDies: true));
                Later(lasts, () => Restart(provider));
                break;
            case 3:
                var stopped = provider.Process;
                Do($"stop {provider.Name}", () => stopped?.Stop());
                Later(lasts, () => stopped?.Continue());
                break;
            case 4:
                Do($"cut {provider.Name}", provider.Link.Cut);
                Later(lasts, provider.Link.Heal);
                break;
            case 5:
                Do($"cut {watcher.Name}", watcher.Link.Cut);
                Later(lasts, watcher.Link.Heal);
                break;
            case 6:
                Do("crash the registry", () => _registry.Crash(losesStore: _world.Chance(0.1)));
                Later(lasts, _registry.Start);
                break;
            case 7:
                Do("stall the registry", _registry.Stall);
                Later(lasts, _registry.Continue);
                break;
            case 8:
                Do("the store fails", () => _registry.SetStoreDown(true));
                Later(lasts, () => _registry.SetStoreDown(false));
                break;
            case 9 when _world.Chance(0.5):
                Do("the disk hangs", () => HangStore(lasts));
                break;
            case 9:
                Do("cut everybody", () => _providers.ForEach(p => p.Link.Cut()));
                Later(lasts, () => _providers.ForEach(p => p.Link.Heal()));
                break;
            case 10 or 11:
                provider.Process?.SetIntent((Intent)_world.Random.Next(3));
                break;
            case 12:
                provider.Process?.Deregister();
                break;
            case 13:
                provider.AnnounceMore();
                break;
            case 14 or 15:
                OnAnyInstance(key => _operator.SetIntent(key, (Intent)_world.Random.Next(3)));
                break;
            case 16:
                OnAnyInstance(_operator.Remove);
                break;
            case 17:
                watcher.ReadDelay = _world.Chance(0.5) ? TimeSpan.Zero : _world.Milliseconds(0, 800);
                Do($"{watcher.Name} reads every {watcher.ReadDelay.TotalMilliseconds:0} ms", () => { });
                break;
            case 18:
                Do($"{watcher.Name} loses its connection", watcher.Disconnect);
                break;
            case 19:
                _simple.Kill();
                Later(lasts, _simple.Start);
                break;
            case 20:
                Do("cut the simple client", _simple.Link.Cut);
                Later(lasts, _simple.Link.Heal);
                break;
            case 21:
                _simple.Leave();
                break;
            case 22:
                if (_registry.Node is { } node)
                {
                    _world.At(node.Process, _world.Now, this, node.ForgetEmptyServices);
                }

                break;
        }
    }

    // No contract holds for how long a disk may hang: it counts as an outage.
    private void HangStore(TimeSpan lasts)
    {
        if (_registry.IsStoreHanging)
        {
            return;
        }

        _registry.SetStoreHanging(_world.Now + lasts);
        Later(lasts + TimeSpan.FromMilliseconds(1), () => _registry.SetStoreHanging(null));
    }

    private void Restart(SimProvider provider)
    {
        if (_world.Chance(0.7))
        {
            provider.Start(_instancesEach, keepsIds: _world.Chance(0.5));
        }
    }

    /// <summary>Everything that was broken is mended; what died stays dead.</summary>
    private void Calm()
    {
        _isCalm = true;
        _troubles?.Calm();
        _world.Note("calm");
        _registry.SetStoreDown(false);
        _registry.Continue();
        _registry.Start();
        foreach (var provider in _providers)
        {
            provider.Link.Heal();
            provider.Process?.Continue();
        }

        _simple.Link.Heal();
        foreach (var watcher in _watchers)
        {
            watcher.ReadDelay = TimeSpan.Zero;
            watcher.Link.Heal();
            watcher.Continue();
        }
    }

    // What a process announces is listed in the end; the contract's rules cannot know what a process wants.
    private void JudgeProviders()
    {
        var catalog = _registry.Node!.Feed.Current;
        foreach (var process in _providers.Select(p => p.Process).OfType<SimProviderProcess>())
        {
            foreach (var entry in process.Wanted)
            {
                var key = new InstanceKey(ServiceKey.Of(entry.Options.Namespace, entry.Options.Service), entry.InstanceId);
                var address = new AddressKey(key.Service, entry.Options.Host!, entry.Options.Endpoints[0].Port);
                if (catalog.Find(key) is null && catalog.FindHolder(address) is null && !_registry.HasForgottenToTell(key))
                {
                    _world.Fail(new InvalidOperationException($"{process.Name} announces {key}, and it is not listed in the end."));
                }
            }
        }
    }

    private void OnAnyInstance(Action<InstanceKey> act)
    {
        var keys = _registry.Node?.Feed.Current.Services.Values
            .SelectMany(s => s.Instances.Values).Select(i => i.Key).OrderBy(k => k.ToString(), StringComparer.Ordinal).ToList() ?? [];
        if (keys.Count > 0)
        {
            act(keys[_world.Random.Next(keys.Count)]);
        }
    }

    private void Do(string what, Action act)
    {
        _world.Note(what);
        act();
    }

    private void Later(TimeSpan delay, Action act) => _world.At(_nature, _world.Now + delay, this, act);
}
