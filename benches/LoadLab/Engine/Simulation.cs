using Muster.AspNetCore;
using Muster.Bench.LoadLab.Clients;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>Replays a trace through clients and servers, event by event, on virtual time.</summary>
/// <remarks>One thread, no clock, seeded: the same inputs give the same figures to the last bit.</remarks>
internal sealed class Simulation
{
    private const int KeysCount = 1000;

    private static readonly long s_samplingTicks = TimeSpan.FromMilliseconds(50).Ticks;

    private readonly World _world;
    private readonly Trace _trace;
    private readonly long _measureFrom;
    private readonly ulong _seed;
    private readonly bool _usesReports;
    private readonly VirtualClock _clock;
    private readonly ILabClient[] _clients;
    private readonly AttemptTable _attempts = new();
    private readonly EventQueue _events = new();
    private readonly DelayLine<int> _toServers;
    private readonly DelayLine<int> _toClients;
    private readonly DelayLine<Probe> _probes;
    private readonly DelayLine<Probe> _probeAnswers;
    private readonly Sent[] _wanted = new Sent[ILabClient.ProbesMax];
    private readonly DelayLine<(int Slot, long Serial)> _deadlines;
    private readonly List<Action<Simulation>> _plans = [];
    private readonly double[] _busyAtWarm;
    private readonly long _failureTicks;
    private long _serial;
    private int _next;
    private bool _isWarm;

    /// <summary>Prepares a simulation.</summary>
    /// <param name="world">What it is made of.</param>
    /// <param name="trace">Who asks when for what.</param>
    /// <param name="warmUp">Requests made after this time count.</param>
    /// <param name="createClient">Makes client number n.</param>
    /// <param name="usesReports">Whether anybody looks at load reports.</param>
    /// <param name="clock">The clock that the clients have.</param>
    /// <param name="seed">Decides what the trace does not.</param>
    public Simulation(
        World world, Trace trace, TimeSpan warmUp, Func<Simulation, int, ILabClient> createClient, bool usesReports, VirtualClock clock, ulong seed)
    {
        (_world, _trace, _seed, _clock, _usesReports) = (world, trace, seed, clock, usesReports);
        _measureFrom = VirtualClock.StartTicks + warmUp.Ticks;
        _failureTicks = (world.MeanService / 100).Ticks;
        _toServers = new DelayLine<int>(world.Rtt.Ticks / 2);
        _toClients = new DelayLine<int>(world.Rtt.Ticks / 2);
        _probes = new DelayLine<Probe>(world.Rtt.Ticks / 2);
        _probeAnswers = new DelayLine<Probe>(world.Rtt.Ticks / 2);
        _deadlines = new DelayLine<(int, long)>(world.Deadline?.Ticks ?? 0);
        Servers = [.. world.Speeds.Select((speed, i) => new SimServer(i, world.Cores, clock) { Speed = speed })];
        Figures = new RunFigures(Servers.Length);
        _busyAtWarm = new double[Servers.Length];
        _clients = new ILabClient[trace.Clients];
        for (var i = 0; i < _clients.Length; i++)
        {
            _clients[i] = createClient(this, i);
        }

        Registry = new SimRegistry(this, world, clock, _clients, usesReports);
    }

    public SimServer[] Servers { get; }

    public SimRegistry Registry { get; }

    public RunFigures Figures { get; }

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

        for (var i = 0; i < Servers.Length; i++)
        {
            Figures.Utilization[i] /= _world.Cores * (double)(_trace.EndTicks - _measureFrom);
        }

        return Figures;
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

        After(TimeSpan.FromTicks(_measureFrom - VirtualClock.StartTicks), static s => s.BecomeWarm());
        After(TimeSpan.FromTicks(_trace.EndTicks - VirtualClock.StartTicks), static s => s.TakeUtilization());
        Every(TimeSpan.FromTicks(s_samplingTicks), TimeSpan.FromTicks(s_samplingTicks), static s => s.SampleInFlight());
    }

    // Of one instant: responses first, so that a client knows all that it can know when it picks.
    private bool Step()
    {
        var arrivalAt = IsTraceOver ? long.MaxValue : _trace.At[_next];
        var earliest = Math.Min(
            Math.Min(Math.Min(_toClients.NextAt, _toServers.NextAt), Math.Min(_probes.NextAt, _probeAnswers.NextAt)),
            Math.Min(Math.Min(_events.NextAt, arrivalAt), _deadlines.NextAt));
        if (earliest == long.MaxValue)
        {
            return false;
        }

        _clock.NowTicks = earliest;
        if (_toClients.NextAt == earliest)
        {
            Return(_toClients.Take());
        }
        else if (_toServers.NextAt == earliest)
        {
            Receive(_toServers.Take());
        }
        else if (_probeAnswers.NextAt == earliest)
        {
            var answer = _probeAnswers.Take();
            _clients[answer.Client].OnProbed(answer.Sent, answer.Report!);
        }
        else if (_probes.NextAt == earliest)
        {
            AnswerProbe(_probes.Take());
        }
        else if (_events.NextAt == earliest)
        {
            Handle(_events.Take());
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

    private void Handle(Happening happening)
    {
        if (happening.Kind == HappeningKind.Served)
        {
            OnServed(happening.Subject);
        }
        else
        {
            _plans[happening.Subject](this);
        }
    }

    // A thousand keys, all as popular: what belongs together for policies that keep it together.
    private ulong KeyOf(int request) => (ulong)(LabRandom.Of(_seed, ~(ulong)request) * KeysCount);

    // --- a client's side

    private void Ask(int request)
    {
        var client = _trace.Client[request];
        var isCounted = _trace.At[request] >= _measureFrom;
        if (isCounted)
        {
            Figures.Requests++;
        }

        if (!_clients[client].TryPick(KeyOf(request), out var sent))
        {
            CountError(request, isCounted);
            Figures.Unplaced += isCounted ? 1 : 0;
            return;
        }

        var attempt = _attempts.Add(new Attempt { Sent = sent, Serial = ++_serial, Request = request, Client = client });
        _toServers.Add(_clock.NowTicks, attempt);
        if (_world.Deadline is not null)
        {
            _deadlines.Add(_clock.NowTicks, (attempt, _serial));
        }

        if (_usesReports && _world.RespondsWithReports)
        {
            SendProbes(client, isCounted);
        }

        if (isCounted)
        {
            Figures.Attempts++;
            Figures.AttemptsByServer[sent.Server]++;
        }

        if (PointOf(request) is { } point)
        {
            point.Attempts++;
            point.ToWatched += sent.Server == _world.Watched ? 1 : 0;
        }
    }

    private void SendProbes(int client, bool isCounted)
    {
        var count = _clients[client].ChooseProbes(_wanted);
        for (var i = 0; i < count; i++)
        {
            _probes.Add(_clock.NowTicks, new Probe(client, _wanted[i], null));
        }

        Figures.Probes += isCounted ? count : 0;
    }

    private void Return(int number)
    {
        ref var attempt = ref _attempts[number];
        if (!attempt.IsAbandoned)
        {
            _clients[attempt.Client].OnEnded(attempt.Sent, new AttemptEnd(attempt.Outcome, attempt.Report));
            CountEnd(attempt, attempt.Outcome);
        }

        _attempts.Remove(number);
    }

    private void TimeOut((int Slot, long Serial) late)
    {
        ref var attempt = ref _attempts[late.Slot];
        if (attempt.Serial != late.Serial)
        {
            // It has ended, and its slot is another's or nobody's.
            return;
        }

        attempt.IsAbandoned = true;
        _clients[attempt.Client].OnEnded(attempt.Sent, new AttemptEnd(AttemptOutcome.TimedOut, null));
        CountEnd(attempt, AttemptOutcome.TimedOut);
        if (attempt.IsWaiting)
        {
            // Cancelled where it waits: it is no load any more. Its number stays in the queue and is skipped there.
            attempt.Meter!.End(attempt.Start, RequestEnd.GivenUp);
        }
    }

    private void CountEnd(in Attempt attempt, AttemptOutcome outcome)
    {
        var request = attempt.Request;
        var isCounted = _trace.At[request] >= _measureFrom;
        if (outcome != AttemptOutcome.Answered)
        {
            CountError(request, isCounted);
            Figures.TimedOut += isCounted && outcome == AttemptOutcome.TimedOut ? 1 : 0;
            return;
        }

        var latency = _clock.NowTicks - _trace.At[request];
        if (isCounted)
        {
            Figures.Latencies.Add(latency);
        }

        if (PointOf(request) is { } point)
        {
            point.Latencies.Add(latency);
            if (attempt.Sent.Server == _world.Watched)
            {
                point.OfWatched.Add(latency);
            }
        }
    }

    private void CountError(int request, bool isCounted)
    {
        Figures.Errors += isCounted ? 1 : 0;
        if (PointOf(request) is { } point)
        {
            point.Errors++;
        }
    }

    private SeriesPoint? PointOf(int request)
    {
        if (_world.SeriesStep is not { } step)
        {
            return null;
        }

        var index = (int)((_trace.At[request] - VirtualClock.StartTicks) / step.Ticks);
        while (Figures.Series.Count <= index)
        {
            Figures.Series.Add(new SeriesPoint());
        }

        return Figures.Series[index];
    }

    // --- a server's side

    private void Receive(int number)
    {
        ref var attempt = ref _attempts[number];
        var server = Servers[attempt.Sent.Server];
        if (server.Mode == ServerMode.Down)
        {
            attempt.Outcome = AttemptOutcome.Refused;
            _toClients.Add(_clock.NowTicks, number);
            return;
        }

        attempt.Meter = server.Meter;
        attempt.Start = server.Meter.Begin();
        if (server.HasIdleCore)
        {
            Serve(server, number, ref attempt);
        }
        else
        {
            attempt.IsWaiting = true;
            server.Waiting.Add(number);
        }
    }

    // Answered beside the queue: a probe asks for nothing that takes work.
    private void AnswerProbe(in Probe probe)
    {
        var server = Servers[probe.Sent.Server];
        if (server.Mode != ServerMode.Down && server.Report(_world.ReportAge.Ticks) is { } report)
        {
            _probeAnswers.Add(_clock.NowTicks, probe with { Report = report });
        }
    }

    private void Serve(SimServer server, int number, ref Attempt attempt)
    {
        server.Occupy();
        attempt.IsWaiting = false;
        attempt.Outcome = server.Mode == ServerMode.FailingAtOnce || IsToFail(server, attempt.Request)
            ? AttemptOutcome.Failed
            : AttemptOutcome.Answered;
        var ticks = server.Mode == ServerMode.FailingAtOnce
            ? _failureTicks
            : (long)(_trace.DemandTicks[attempt.Request] / server.Speed);
        _events.Add(_clock.NowTicks + ticks, new Happening(HappeningKind.Served, number));
    }

    private void OnServed(int number)
    {
        ref var attempt = ref _attempts[number];
        var server = Servers[attempt.Sent.Server];
        attempt.Meter.End(attempt.Start, EndOf(attempt));
        if (_usesReports && _world.RespondsWithReports)
        {
            // Without its own request, as a gRPC trailer: its caller knows that it has ended.
            attempt.Report = server.Report(_world.ReportAge.Ticks);
        }

        server.Release();
        _toClients.Add(_clock.NowTicks, number);
        while (server.HasIdleCore && server.Waiting.Count > 0)
        {
            var next = server.Waiting.Take();
            ref var waiting = ref _attempts[next];
            if (waiting.IsAbandoned)
            {
                _attempts.Remove(next);
            }
            else
            {
                Serve(server, next, ref waiting);
            }
        }
    }

    private static RequestEnd EndOf(in Attempt attempt) => attempt.IsAbandoned ? RequestEnd.GivenUp
        : attempt.Outcome == AttemptOutcome.Answered ? RequestEnd.Answered
        : RequestEnd.Failed;

    private bool IsToFail(SimServer server, int request) => server.FailureShare > 0
        && LabRandom.Of(_seed, (ulong)request) < server.FailureShare;

    // --- figures

    private void BecomeWarm()
    {
        _isWarm = true;
        for (var i = 0; i < Servers.Length; i++)
        {
            _busyAtWarm[i] = Servers[i].BusyTicks;
        }
    }

    private void TakeUtilization()
    {
        for (var i = 0; i < Servers.Length; i++)
        {
            Figures.Utilization[i] = Servers[i].BusyTicks - _busyAtWarm[i];
        }
    }

    private void SampleInFlight()
    {
        if (!_isWarm)
        {
            return;
        }

        foreach (var server in Servers)
        {
            Figures.InFlight.Add(server.InFlight);
        }
    }
}
