using System.Globalization;
using Muster.Client.Discovery;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Bench.Benchmarks.Handlers;

/// <summary>A registry's answer that never changes.</summary>
internal sealed class FixedDirectory(IReadOnlyList<int> ports, EndpointProtocol protocol) : IServiceDirectory
{
    public bool IsStale => false;

    public TimeSpan? SinceLastContact => TimeSpan.Zero;

    public event Action<bool>? StaleChanged
    {
        add { }
        remove { }
    }

    public IServiceWatch Watch(ServiceKey service) => new FixedWatch(new ServiceView(
        service, ServiceKnowledge.Known, new Revision(1),
        [.. ports.Select((port, i) => new InstanceView(
            new InstanceRecord
            {
                Key = new InstanceKey(service, i.ToString("000", CultureInfo.InvariantCulture)),
                Host = "127.0.0.1",
                Endpoints = [new Endpoint(Endpoint.DefaultName, "http", protocol, port)],
            },
            new SoftState(Liveness.Alive, Health.Healthy, null, default, default)))]));

    private sealed class FixedWatch(ServiceView view) : IServiceWatch
    {
        public ServiceKey Service => view.Key;

        public ServiceView Current => view;

        public event Action<ServiceView>? Changed
        {
            add { }
            remove { }
        }

        public Task<ServiceView> FirstViewAsync(CancellationToken cancellationToken) => Task.FromResult(view);
    }
}
