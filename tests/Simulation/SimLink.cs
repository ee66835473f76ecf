namespace Muster.Simulation;

/// <summary>The way between one machine and the registry: delays, and at times nothing gets through.</summary>
/// <remarks>As with TCP, what is sent while it is cut arrives after it heals, in order, unless the connection has been given up
/// by then.</remarks>
internal sealed class SimLink(World world, SimProcess nature)
{
    // HTTP/2 pings every 5 s that wait 5 s for their answer give a dead connection up.
    private static readonly TimeSpan s_givenUpAfter = TimeSpan.FromSeconds(10);

    private readonly List<Action> _held = [];
    private readonly List<SimStream> _streams = [];
    private int _cuts;

    public bool IsCut { get; private set; }

    public TimeSpan Delay() => world.Chance(0.02) ? world.Milliseconds(20, 400) : world.Milliseconds(0.1, 4);

    public void Add(SimStream stream)
    {
        _streams.RemoveAll(s => s.IsOver);
        _streams.Add(stream);
    }

    /// <summary>Sends as soon as something gets through.</summary>
    public void Send(Action send)
    {
        if (IsCut)
        {
            _held.Add(send);
        }
        else
        {
            send();
        }
    }

    public void Cut()
    {
        if (IsCut)
        {
            return;
        }

        IsCut = true;
        var cut = ++_cuts;
        world.At(nature, world.Now + s_givenUpAfter, this, () =>
        {
            if (IsCut && cut == _cuts)
            {
                foreach (var stream in _streams.ToArray())
                {
                    stream.Abort();
                }
            }
        });
    }

    public void Heal()
    {
        IsCut = false;
        var held = _held.ToArray();
        _held.Clear();
        foreach (var send in held)
        {
            send();
        }
    }
}
