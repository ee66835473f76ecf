using Muster.Core.Model;

namespace Muster.Client.Discovery;

/// <summary>Finds services and keeps what was found fresh.</summary>
/// <remarks>Thread-safe.</remarks>
public interface IServiceDirectory
{
    /// <summary>Whether what is known may be out of date: false while the watch stream is up, true before and after.</summary>
    bool IsStale { get; }

    /// <summary>How long ago the registry was last heard: zero while the watch stream is up, null if never.</summary>
    TimeSpan? SinceLastContact { get; }

    /// <summary>Fires when <see cref="IsStale"/> changes. Handlers must not block.</summary>
    event Action<bool>? StaleChanged;

    /// <summary>Watches a service from now on; the same object for the same service.</summary>
    /// <exception cref="ArgumentException">Namespace or name is not one; the message names the bound.</exception>
    /// <exception cref="InvalidOperationException">One client watches at most <see cref="Core.Limits.SubscriptionsPerWatchMax"/>
    /// services.</exception>
    IServiceWatch Watch(ServiceKey service);
}
