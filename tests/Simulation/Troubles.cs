using Muster.Core.Model;

namespace Muster.Simulation;

/// <summary>What happens to things that the registry checks, and to processes whose address another one wants. Beside the misfortunes of
/// every run, and in some runs only.</summary>
internal sealed class Troubles(World world, SimRegistry registry, SimProcess nature, SimTargets targets, IReadOnlyList<SimProvider> providers, TimeSpan ttl)
{
    /// <summary>What is checked.</summary>
    public static readonly ServiceKey Service = ServiceKey.Default("db");

    private readonly SimScript _script = new(world, registry, nature);
    private readonly int _checked = world.Random.Next(1, 4);
    private int _rivals;
    private bool _isCalm;

    /// <summary>Seeds that have them. Not all: the runs that once found a defect stay what they were.</summary>
    public static bool Befall(int seed) => seed % 5 is 1 or 2 or 4;

    public void Begin()
    {
        for (var i = 0; i < _checked; i++)
        {
            var index = i;
            Later(world.Milliseconds(0, 2000), () => Register(index));
        }

        Next();
    }

    /// <summary>Nothing more is done; what is down stays down.</summary>
    public void Calm() => _isCalm = true;

    private void Next() => Later(world.Milliseconds(0, 2500), () =>
    {
        if (!_isCalm)
        {
            Trouble();
            Next();
        }
    });

    private void Trouble()
    {
        var index = world.Random.Next(_checked);
        switch (world.Random.Next(10))
        {
            case 0 or 1 or 2:
                var next = (SimTargets.Nature)world.Random.Next(3);
                world.Note($"{Host(index)} is {next}");
                targets.Set(Host(index), next);
                break;
            case 3:
                Register(index);
                break;
            case 4 when world.Chance(0.5):
                _script.Deregister(Key(index));
                break;
            case 5:
                // Hangs, and somebody wants its place.
                var stopped = providers[world.Random.Next(providers.Count)].Process;
                stopped?.Stop();
                world.Note($"stop {stopped?.Name}");
                Later(world.Milliseconds(0, 300), Rival);
                Later(world.Milliseconds(300, 6000), () => stopped?.Continue());
                break;
            case 6:
                // It is the registry that hangs while it waits for an answer.
                Rival();
                Later(world.Milliseconds(0, 450), registry.Stall);
                Later(world.Milliseconds(500, 4000), registry.Continue);
                break;
            default:
                Rival();
                break;
        }
    }

    private void Register(int index)
    {
        if (!_isCalm)
        {
            _script.RegisterChecked(Key(index), Host(index), Check(), ttl);
        }
    }

    private ActiveCheck Check() => new()
    {
        Kind = CheckKind.Tcp,
        Interval = TimeSpan.FromSeconds(world.Random.Next(1, 4)),
        Timeout = TimeSpan.FromMilliseconds(world.Random.Next(100, 900)),
        Rise = world.Random.Next(1, 4),
        Fall = world.Random.Next(1, 4),
        RemoveAfter = world.Chance(0.5) ? TimeSpan.FromSeconds(world.Random.Next(10, 14)) : null,
    };

    private void Rival()
    {
        var held = registry.Node?.Feed.Current.Services.Values.SelectMany(s => s.Instances.Values)
            .Where(i => i.Check is null).OrderBy(i => i.Key.ToString(), StringComparer.Ordinal).ToList() ?? [];
        if (held.Count > 0)
        {
            var other = held[world.Random.Next(held.Count)];
            var rival = new InstanceKey(other.Key.Service, $"rival-{++_rivals}");
            world.Note($"{rival.Id} wants the place of {other.Key}");
            _script.RegisterAt(rival, other, ttl);
        }
    }

    private static InstanceKey Key(int index) => new(Service, $"db-{index}");

    private static string Host(int index) => $"host-db-{index}";

    private void Later(TimeSpan delay, Action act) => world.At(nature, world.Now + delay, this, act);
}
