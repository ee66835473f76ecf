using Muster.Bench.LoadLab.Clients;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>Replays a trace through clients and servers, event by event, on virtual time.</summary>
/// <remarks>One thread, no clock, seeded: the same inputs give the same figures to the last bit.</remarks>
internal sealed class Simulation
{
    private static readonly TimeSpan s_sampling = TimeSpan.FromMilliseconds(50);

    private readonly World _world;
    private readonly Trace _trace;
    private readonly TimeSpan _warmUp;
    private readonly VirtualClock _clock;
    private readonly EventQueue _events = new();
    private readonly DelayLine<(int Slot, long Serial)> _deadlines;
    private readonly List<Action<Simulation>> _plans = [];
    private readonly ServerSide _servers;
    private readonly IClientSide _clients;
    private int _next;

    /// <summary>Prepares a simulation.</summary>
    /// <param name="world">What it is made of.</param>
    /// <param name="trace">Who asks when for what.</param>
    /// <param name="warmUp">Requests made after this time count.</param>
    /// <param name="createClients">Makes the clients.</param>
    /// <param name="usesReports">Whether any of them looks at load reports.</param>
    /// <param name="clock">The clock that they have.</param>
    /// <param name="seed">Decides what the trace does not.</param>
    public Simulation(
        World world, Trace trace, TimeSpan warmUp, Func<Simulation, IClientSide> createClients, bool usesReports, VirtualClock clock, ulong seed)
    {
        (_world, _trace, _warmUp, _clock) = (world, trace, warmUp, clock);
        _deadlines = new DelayLine<(int, long)>(world.Deadline?.Ticks ?? 0);
        Network = new Network(world, clock);
        _servers = new ServerSide(world, trace, Network, _events, clock, seed) { Reports = usesReports && world.RespondsWithReports };
        Recorder = new Recorder(world, trace, VirtualClock.StartTicks + warmUp.Ticks, clock, Servers);
        _clients = createClients(this);
        Registry = new SimRegistry(this, world, clock, _clients, usesReports);
    }

    public SimServer[] Servers => _servers.Servers;

    public SimRegistry Registry { get; }

    public Network Network { get; }

    public Recorder Recorder { get; }

    public TimeSpan Now => TimeSpan.FromTicks(_clock.NowTicks);

    /// <summary>Time since the trace began.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(_clock.NowTicks - VirtualClock.StartTicks);

    private bool IsTraceOver => _next == _trace.Count;

    /// <summary>Runs until every request has ended.</summary>
    public RunFigures Run()
    {
        Registry.Start();
        PlanWorld();
        while (Step())
        {
        }

        return Recorder.Figures;
    }

    /// <summary>Lets something happen later.</summary>
    public void After(TimeSpan delay, Action<Simulation> act)
    {
        _plans.Add(act);
        _events.Add(_clock.NowTicks + delay.Ticks, new Happening(HappeningKind.Planned, _plans.Count - 1));
    }

    /// <summary>Lets something happen again and again while requests come.</summary>
    public void Every(TimeSpan first, TimeSpan period, Action<Simulation> act)
    {
        var number = _plans.Count;
        _plans.Add(_ =>
        {
            act(this);
            if (!IsTraceOver)
            {
                _events.Add(_clock.NowTicks + period.Ticks, new Happening(HappeningKind.Planned, number));
            }
        });
        _events.Add(_clock.NowTicks + first.Ticks, new Happening(HappeningKind.Planned, number));
    }

    private void PlanWorld()
    {
        foreach (var (at, act) in _world.Script)
        {
            After(at, act);
        }

        After(_warmUp, static s => s.Recorder.BecomeWarm());
        After(TimeSpan.FromTicks(_trace.EndTicks - VirtualClock.StartTicks), static s => s.Recorder.TakeUtilization());
        Every(s_sampling, s_sampling, static s => s.Recorder.SampleInFlight());
    }

    // Of one instant: responses first, so that a client knows all that it can know when it picks.
    private bool Step()
    {
        var arrivalAt = IsTraceOver ? long.MaxValue : _trace.At[_next];
        var earliest = Math.Min(
            Math.Min(Network.NextAt, _events.NextAt), Math.Min(Math.Min(_clock.NextTimerAt, _deadlines.NextAt), arrivalAt));
        if (earliest == long.MaxValue)
        {
            return false;
        }

        _clock.NowTicks = earliest;
        if (Network.NextAt == earliest)
        {
            Arrive(earliest);
        }
        else if (_events.NextAt == earliest)
        {
            Handle(_events.Take());
        }
        else if (_clock.NextTimerAt == earliest)
        {
            _clock.Fire();
        }
        else if (_deadlines.NextAt == earliest)
        {
            TimeOut(_deadlines.Take());
        }
        else
        {
            Ask(_next++);
        }

        return true;
    }

    private void Arrive(long now)
    {
        if (Network.ToClients.NextAt == now)
        {
            Return(Network.ToClients.Take());
        }
        else if (Network.ToServers.NextAt == now)
        {
            _servers.Receive(Network.ToServers.Take());
        }
        else if (Network.ProbeAnswers.NextAt == now)
        {
            _clients.OnProbed(Network.ProbeAnswers.Take());
        }
        else
        {
            _servers.Answer(Network.Probes.Take());
        }
    }

    private void Handle(Happening happening)
    {
        switch (happening.Kind)
        {
            case HappeningKind.Served:
                _servers.OnServed(happening.Subject);
                break;
            case HappeningKind.Released:
                _servers.Release(happening.Subject);
                break;
            default:
                _plans[happening.Subject](this);
                break;
        }
    }

    private void Ask(int request)
    {
        Recorder.OnAsked(request);
        if (_clients.Ask(request, _trace.Client[request]) is { } sent && _world.Deadline is not null)
        {
            _deadlines.Add(_clock.NowTicks, sent);
        }
    }

    private void Return(int number)
    {
        var attempt = Network.Attempts[number];
        Network.Attempts.Remove(number);
        if (!attempt.IsAbandoned)
        {
            _clients.OnReturned(attempt);
        }
    }

    private void TimeOut((int Slot, long Serial) late)
    {
        if (Network.TryAbandon(late))
        {
            _clients.OnTimedOut(Network.Attempts[late.Slot]);
            Network.Forget(late.Slot);
        }
    }
}
