using Muster.Client.Discovery;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>A registry's view of one service, as the scenario shows it to one client.</summary>
internal sealed class LabDirectory : IServiceDirectory, IServiceWatch
{
    /// <summary>The service of every simulation.</summary>
    public static readonly ServiceKey Fleet = ServiceKey.Default("fleet");

    public event Action<bool>? StaleChanged
    {
        add { }
        remove { }
    }

    public event Action<ServiceView>? Changed;

    public bool IsStale => false;

    public TimeSpan? SinceLastContact => TimeSpan.Zero;

    public ServiceKey Service => Fleet;

    public ServiceView Current { get; private set; } = ServiceView.Pending(Fleet);

    public IServiceWatch Watch(ServiceKey service) => this;

    public Task<ServiceView> FirstViewAsync(CancellationToken cancellationToken) => Task.FromResult(Current);

    public void Show(ServiceView view)
    {
        Current = view;
        Changed?.Invoke(view);
    }
}
