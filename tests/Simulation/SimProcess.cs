using System.Collections.Concurrent;

namespace Muster.Simulation;

/// <summary>A process: it runs, stands still, or is dead. Also the context in which the product's asynchronous code goes on, so that
/// it never leaves the one thread of the world.</summary>
internal sealed class SimProcess(World world, string name) : SynchronizationContext
{
    // Filled by the world's one thread; a planted fault may make the product wait on a thread of its own for a moment.
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _continuations = new();
    private readonly List<Happening> _missed = [];

    public string Name => name;

    public bool IsAlive { get; private set; } = true;

    public bool IsStopped { get; private set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsAlive)
        {
            _continuations.Enqueue((d, state));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public void Take(Happening happening)
    {
        if (IsAlive && IsStopped)
        {
            _missed.Add(happening);
        }
        else if (IsAlive)
        {
            Run(happening.Action);
        }
    }

    /// <summary>Runs an action and all that follows from it at once.</summary>
    public void Run(Action action)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
            while (IsAlive && _continuations.TryDequeue(out var next))
            {
                next.Callback(next.State);
            }
        }
        catch (Exception e)
        {
            world.Fail(e);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    public void Kill()
    {
        IsAlive = false;
        _continuations.Clear();
        _missed.Clear();
    }

    /// <summary>SIGSTOP: what comes waits in its sockets and timers.</summary>
    public void Stop() => IsStopped = true;

    /// <summary>SIGCONT: all of it comes at once, each lane in its order, the lanes in any.</summary>
    public void Continue()
    {
        IsStopped = false;
        var lanes = _missed.GroupBy(h => h.Lane).Select(lane => new Queue<Happening>(lane)).ToList();
        _missed.Clear();
        while (lanes.Count > 0)
        {
            var lane = lanes[world.Random.Next(lanes.Count)];
            var next = lane.Dequeue();
            // At this very moment, so that nothing which arrives later overtakes it.
            world.At(this, world.Now, next.Lane, next.Action);
            if (lane.Count == 0)
            {
                lanes.Remove(lane);
            }
        }
    }
}
