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

    /// <summary>Whether what a client sends to a server now is lost; null: nothing is. Needs a <see cref="World.Deadline"/>, or callers wait for
    /// ever.</summary>
    public Func<int, int, bool>? IsLost { get; set; }

    /// <summary>When the next of them arrives; <see cref="long.MaxValue"/> if none does.</summary>
    public long NextAt => Math.Min(Math.Min(ToClients.NextAt, ToServers.NextAt), Math.Min(Probes.NextAt, ProbeAnswers.NextAt));

    /// <summary>Sends an attempt.</summary>
    /// <returns>Its slot, and the number that tells it from those that had the slot before.</returns>
    public (int Slot, long Serial) Send(Attempt attempt)
    {
        attempt.Serial = ++_serial;
        attempt.IsLost = IsLost?.Invoke(attempt.Client, attempt.Sent.Server) == true;
        var slot = Attempts.Add(attempt);
        if (!attempt.IsLost)
        {
            ToServers.Add(clock.NowTicks, slot);
        }

        return (slot, _serial);
    }

    /// <summary>Sends a probe.</summary>
    public void Send(in Probe probe)
    {
        if (IsLost?.Invoke(probe.Client, probe.Sent.Server) != true)
        {
            Probes.Add(clock.NowTicks, probe);
        }
    }

    /// <summary>What was lost and is not waited for any longer is no attempt any more.</summary>
    public void Forget(int slot)
    {
        if (Attempts[slot].IsLost)
        {
            Attempts.Remove(slot);
        }
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
