using Muster.Client.Registration;
using Muster.Core.Model;

namespace Muster.Simulation;

/// <summary>A provider's machine: it has an address and a way to the registry, and runs one process after the other.</summary>
internal sealed class SimProvider(World world, SimRegistry registry, SimProcess nature, string name, ServiceKey service, TimeSpan ttl)
{
    private int _starts;
    private int _instances;

    public string Name => name;

    public SimLink Link { get; } = new(world, nature);

    /// <summary>The process that runs; null if none does.</summary>
    public SimProviderProcess? Process { get; private set; }

    /// <summary>Starts a process that announces instances.</summary>
    /// <param name="instances">How many.</param>
    /// <param name="keepsIds">Whether they have the ids of the former process's.</param>
    public void Start(int instances, bool keepsIds)
    {
        if (Process is not null)
        {
            return;
        }

        _starts++;
        Process = new SimProviderProcess(world, registry, Link, $"{name}.{_starts}");
        for (var i = 0; i < instances; i++)
        {
            Process.Announce(Options(keepsIds ? $"{name}-{i}" : $"{name}-{i}-{_starts}", 8000 + i));
        }

        _instances = Math.Max(_instances, instances);
    }

    /// <summary>The running process announces one more, at an address of its own or at one that it has taken back.</summary>
    public void AnnounceMore()
    {
        if (Process is not null)
        {
            var port = world.Random.Next(_instances + 1);
            _instances = Math.Max(_instances, port + 1);
            Process.Announce(Options($"{name}-{port}-{_starts}-{world.Random.Next(3)}", 8000 + port));
        }
    }

    /// <summary>Its process dies.</summary>
    /// <param name="machineDies">Whether nobody is left who could close its connection.</param>
    public void Kill(bool machineDies)
    {
        Process?.Kill(machineDies);
        Process = null;
    }

    private RegistrationOptions Options(string id, int port) => new()
    {
        Service = service.Name,
        InstanceId = id,
        Host = $"host-{name}",
        Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, port)],
        Ttl = ttl,
    };
}
