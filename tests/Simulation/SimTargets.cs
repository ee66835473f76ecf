namespace Muster.Simulation;

/// <summary>What is checked by the registry: hosts that take connections, refuse them, or say nothing.</summary>
internal sealed class SimTargets(World world)
{
    private readonly Dictionary<string, Nature> _hosts = new(StringComparer.Ordinal);

    public enum Nature
    {
        Up,
        Down,
        Hangs,
    }

    public void Set(string host, Nature nature) => _hosts[host] = nature;

    /// <summary>How a probe that begins now will end, and when; it never ends after its timeout.</summary>
    public (bool IsSuccess, TimeSpan Takes) Probe(string host, TimeSpan timeout) => _hosts.GetValueOrDefault(host) switch
    {
        Nature.Hangs => (false, timeout),
        Nature.Down => (false, world.Milliseconds(0.1, 5)),
        // Now and then one that is up is slow all the same.
        _ => world.Milliseconds(0.1, world.Chance(0.03) ? 1.5 * timeout.TotalMilliseconds : 20) is var takes && takes < timeout
            ? (true, takes)
            : (false, timeout),
    };
}
