using Muster.Core.Model;

namespace Muster.Client.Discovery;

/// <summary>Finds services and keeps what was found fresh.</summary>
/// <remarks>Thread-safe.</remarks>
public interface IServiceDirectory
{
    /// <summary>The registry's answers are this old: false while the watch stream is up.</summary>
    bool IsStale { get; }

    /// <summary>How long ago the registry was last heard; null if never.</summary>
    TimeSpan? SinceLastContact { get; }

    /// <summary>Fires when <see cref="IsStale"/> changes. Handlers must not block.</summary>
    event Action<bool>? StaleChanged;

    /// <summary>Watches a service from now on; the same object for the same service.</summary>
    IServiceWatch Watch(ServiceKey service);
}
