using Muster.AspNetCore;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>What is between clients and servers: attempts and probes on their way.</summary>
internal sealed class Network(World world, VirtualClock clock)
{
    private long _serial;

    /// <summary>Attempts that are not over, wherever they are.</summary>
    public AttemptTable Attempts { get; } = new();

    public DelayLine<int> ToServers { get; } = new(world.Rtt.Ticks / 2);

    public DelayLine<int> ToClients { get; } = new(world.Rtt.Ticks / 2);

    public DelayLine<Probe> Probes { get; } = new(world.Rtt.Ticks / 2);

    public DelayLine<Probe> ProbeAnswers { get; } = new(world.Rtt.Ticks / 2);

    /// <summary>When the next of them arrives; <see cref="long.MaxValue"/> if none does.</summary>
    public long NextAt => Math.Min(Math.Min(ToClients.NextAt, ToServers.NextAt), Math.Min(Probes.NextAt, ProbeAnswers.NextAt));

    /// <summary>Sends an attempt.</summary>
    /// <returns>Its slot, and the number that tells it from those that had the slot before.</returns>
    public (int Slot, long Serial) Send(Attempt attempt)
    {
        attempt.Serial = ++_serial;
        var slot = Attempts.Add(attempt);
        ToServers.Add(clock.NowTicks, slot);
        return (slot, _serial);
    }

    /// <summary>Nobody waits any longer for an attempt, if it is not over.</summary>
    /// <returns>Whether it was not.</returns>
    public bool TryAbandon((int Slot, long Serial) sent)
    {
        ref var attempt = ref Attempts[sent.Slot];
        if (attempt.Serial != sent.Serial)
        {
            // It has ended, and its slot is another's or nobody's.
            return false;
        }

        attempt.IsAbandoned = true;
        if (attempt.IsWaiting)
        {
            // Cancelled where it waits: it is no load any more. Its number stays in the queue and is skipped there.
            attempt.Meter.End(attempt.Start, RequestEnd.GivenUp);
        }

        return true;
    }
}
