using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Discovery;

/// <summary>A service, kept fresh.</summary>
/// <remarks>Thread-safe. <see cref="Current"/> is one volatile read.</remarks>
public interface IServiceWatch
{
    /// <summary>The service.</summary>
    ServiceKey Service { get; }

    /// <summary>The newest view. While the registry is away it stays what it was.</summary>
    ServiceView Current { get; }

    /// <summary>Fires after <see cref="Current"/> changed, on the watch's reader. Handlers must not block. The revision is
    /// acknowledged to the registry once all handlers have returned.</summary>
    event Action<ServiceView>? Changed;

    /// <summary>Completes with the first view that the registry answered, at once if there is one.</summary>
    Task<ServiceView> FirstViewAsync(CancellationToken cancellationToken);
}
