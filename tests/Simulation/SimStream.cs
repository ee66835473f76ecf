using Muster.Grpc;

namespace Muster.Simulation;

/// <summary>One stream between a client and the registry: each way in order, with delays.</summary>
internal sealed class SimStream
{
    private readonly World _world;
    private readonly SimLink _link;
    private readonly Way _up;
    private readonly Way _down;

    public SimStream(World world, SimLink link, SimProcess client, SimProcess server)
    {
        _world = world;
        _link = link;
        _up = new Way(server);
        _down = new Way(client);
        link.Add(this);
    }

    /// <summary>The registry's side learns that the stream has ended.</summary>
    public Action? ServerEnd { get; set; }

    /// <summary>The client's side learns that the stream has ended, with the status if there is one.</summary>
    public Action<StatusCode?>? ClientEnd { get; set; }

    public bool IsOver => _up.IsOver && _down.IsOver;

    public void Up(Action arrive) => Send(_up, arrive);

    public void Down(Action arrive) => Send(_down, arrive);

    /// <summary>The client ends the stream, or its process has died: what it sent before arrives first.</summary>
    public void EndByClient()
    {
        _down.IsOver = true;
        Send(_up, () => End(_up, () => ServerEnd?.Invoke()));
    }

    /// <summary>The registry ends the stream, or its process has died.</summary>
    public void EndByServer(StatusCode code)
    {
        _up.IsOver = true;
        Send(_down, () => End(_down, () => ClientEnd?.Invoke(code)));
    }

    /// <summary>Both sides give the connection up, each in its own time: what is under way is lost.</summary>
    public void Abort()
    {
        Lose(_up, () => ServerEnd?.Invoke());
        Lose(_down, () => ClientEnd?.Invoke(StatusCode.Unavailable));
    }

    /// <summary>The client's machine is gone without a word: the registry finds out by its pings.</summary>
    public void VanishClient()
    {
        _down.IsOver = true;
        Lose(_up, () => ServerEnd?.Invoke());
    }

    private void Lose(Way way, Action end)
    {
        if (!way.IsOver)
        {
            way.IsLost = true;
            _world.At(way.To, _world.Now + _world.Milliseconds(0, 5000), way, () => End(way, end));
        }
    }

    private static void End(Way way, Action end)
    {
        if (!way.IsOver)
        {
            way.IsOver = true;
            end();
        }
    }

    private void Send(Way way, Action arrive) => _link.Send(() =>
    {
        var at = _world.Now + _link.Delay();
        way.LastAt = at > way.LastAt ? at : way.LastAt;
        _world.At(way.To, way.LastAt, way, () =>
        {
            if (!way.IsOver && !way.IsLost)
            {
                arrive();
            }
        });
    });

    private sealed class Way(SimProcess to)
    {
        public SimProcess To => to;

        public TimeSpan LastAt { get; set; }

        public bool IsLost { get; set; }

        public bool IsOver { get; set; }
    }
}
