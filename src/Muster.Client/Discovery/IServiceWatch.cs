using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Discovery;

/// <summary>A service, kept fresh.</summary>
/// <remarks>Thread-safe. <see cref="Current"/> is one volatile read.</remarks>
public interface IServiceWatch
{
    /// <summary>The service.</summary>
    ServiceKey Service { get; }

    /// <summary>The newest view. While the registry is away it stays what it was, and for a client that starts then it is the one that an
    /// earlier client kept on disk, if there is one (<see cref="ServiceView.DiskAge"/>).</summary>
    ServiceView Current { get; }

    /// <summary>Fires after <see cref="Current"/> changed, on the watch's reader or a timer. Handlers must not block. The revision is
    /// acknowledged to the registry once all handlers have returned.</summary>
    event Action<ServiceView>? Changed;

    /// <summary>Completes with the first view, at once if there is one: what the registry answers or, if it does not answer within half a
    /// second, what was kept on disk. <see cref="ServiceView.DiskAge"/> tells which.</summary>
    Task<ServiceView> FirstViewAsync(CancellationToken cancellationToken);
}
