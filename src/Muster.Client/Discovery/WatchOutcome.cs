using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Protocol.V1;

namespace Muster.Client.Discovery;

/// <summary>What a message of the watch stream brought. The default value brought nothing.</summary>
internal readonly record struct WatchOutcome
{
    /// <summary>The service it concerns.</summary>
    public ServiceKey Service { get; init; }

    /// <summary>The view to publish; null if it did not change.</summary>
    public ServiceView? View { get; init; }

    /// <summary>The store that the view is of; null if none has answered.</summary>
    public string? StoreId { get; init; }

    /// <summary>The revision to acknowledge once the view is published; null if no batch ended.</summary>
    public Revision? Reached { get; init; }

    /// <summary>Why the registry refused the subscription; null if it did not.</summary>
    public SubscriptionFault? Fault { get; init; }

    /// <summary>Why the registry refused call statistics; null if it did not.</summary>
    public StatisticsFault? StatisticsFault { get; init; }

    /// <summary>Why an instance was left out; null if none was.</summary>
    public Violation? Dropped { get; init; }
}
