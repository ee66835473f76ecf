using Muster.AspNetCore;
using Muster.Bench.LoadLab.Clients;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>What servers do with what arrives: queue it, work for it, answer it.</summary>
internal sealed class ServerSide(World world, Trace trace, Network network, EventQueue events, VirtualClock clock, ulong seed)
{
    // More attempts of one request than there ever are.
    private const int AttemptsMax = 16;

    private readonly long _failureTicks = (world.MeanService / 100).Ticks;

    public SimServer[] Servers { get; } =
        [.. world.Speeds.Select((speed, i) => new SimServer(i, world.Cores, clock) { Speed = speed })];

    /// <summary>Whether answers and probes bring load reports.</summary>
    public required bool Reports { get; init; }

    /// <summary>An attempt is here.</summary>
    public void Receive(int number)
    {
        ref var attempt = ref network.Attempts[number];
        if (attempt.IsAbandoned)
        {
            // Cancelled on its way.
            network.Attempts.Remove(number);
            return;
        }

        var server = Servers[attempt.Sent.Server];
        if (server.Mode == ServerMode.Down)
        {
            attempt.Outcome = AttemptOutcome.Refused;
            network.ToClients.Add(clock.NowTicks, number);
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

    /// <summary>A probe is here. It is answered beside the queue: it asks for nothing that takes work.</summary>
    public void Answer(in Probe probe)
    {
        var server = Servers[probe.Sent.Server];
        if (server.Mode is not (ServerMode.Down or ServerMode.Hanging) && server.Report(world.ReportAge.Ticks) is { } report)
        {
            network.ProbeAnswers.Add(clock.NowTicks, probe with { Report = report });
        }
    }

    /// <summary>A core has done an attempt.</summary>
    public void OnServed(int number)
    {
        ref var attempt = ref network.Attempts[number];
        var server = Servers[attempt.Sent.Server];
        attempt.Meter.End(attempt.Start, EndOf(attempt));
        if (Reports)
        {
            // Without its own request, as a gRPC trailer: its caller knows that it has ended.
            attempt.Report = server.Report(world.ReportAge.Ticks);
        }

        server.Release();
        if (IsHeldUp(attempt))
        {
            events.Add(clock.NowTicks + world.StragglesBy.Ticks, new Happening(HappeningKind.Released, number));
        }
        else
        {
            network.ToClients.Add(clock.NowTicks, number);
        }

        while (server.HasIdleCore && server.Waiting.Count > 0)
        {
            var next = server.Waiting.Take();
            ref var waiting = ref network.Attempts[next];
            if (waiting.IsAbandoned)
            {
                network.Attempts.Remove(next);
            }
            else
            {
                Serve(server, next, ref waiting);
            }
        }
    }

    /// <summary>An answer that was held up goes out.</summary>
    public void Release(int number) => network.ToClients.Add(clock.NowTicks, number);

    private void Serve(SimServer server, int number, ref Attempt attempt)
    {
        server.Occupy();
        attempt.IsWaiting = false;
        attempt.Outcome = server.Mode == ServerMode.FailingAtOnce || IsToFail(server, attempt.Request)
            ? AttemptOutcome.Failed
            : AttemptOutcome.Answered;
        var ticks = server.Mode == ServerMode.FailingAtOnce ? _failureTicks : (long)(trace.DemandTicks[attempt.Request] / server.Speed);
        events.Add(clock.NowTicks + ticks, new Happening(HappeningKind.Served, number));
    }

    private static RequestEnd EndOf(in Attempt attempt) => attempt.IsAbandoned ? RequestEnd.GivenUp
        : attempt.Outcome == AttemptOutcome.Answered ? RequestEnd.Answered
        : RequestEnd.Failed;

    private bool IsToFail(SimServer server, int request) =>
        server.FailureShare > 0 && LabRandom.Of(seed, (ulong)request) < server.FailureShare;

    // Another attempt of the same request has another fate.
    private bool IsHeldUp(in Attempt attempt) => world.StragglerShare > 0
        && LabRandom.Of(seed, ((ulong)attempt.Request * AttemptsMax) + attempt.Number) < world.StragglerShare;
}
