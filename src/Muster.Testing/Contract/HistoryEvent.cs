using System.Collections.Immutable;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Testing.Contract;

/// <summary>Something that happened in a run, as far as the contract speaks of it. A closed set: the nested types are all there are.</summary>
/// <param name="At">When, by one monotonic clock for the whole history.</param>
public abstract record HistoryEvent(TimeSpan At)
{
    private protected abstract string Text { get; }

    /// <summary>A line that is the same for the same event, whatever the order of its sets.</summary>
    public sealed override string ToString() => FormattableString.Invariant($"{At.TotalSeconds:0.000000} {Text}");

    /// <summary>A registry process has loaded its store and serves from now on.</summary>
    /// <param name="At">When.</param>
    /// <param name="Loaded">What it loaded.</param>
    public sealed record RegistryStarted(TimeSpan At, CatalogSnapshot Loaded) : HistoryEvent(At)
    {
        private protected override string Text => $"registry started at {Loaded.Revision} of {Loaded.StoreId}";
    }

    /// <summary>The registry process has ended, orderly or not.</summary>
    public sealed record RegistryStopped(TimeSpan At) : HistoryEvent(At)
    {
        private protected override string Text => "registry stopped";
    }

    /// <summary>The registry process stands still: SIGSTOP, a suspended machine, no processor.</summary>
    public sealed record RegistryStalled(TimeSpan At) : HistoryEvent(At)
    {
        private protected override string Text => "registry stands still";
    }

    /// <summary>The registry process runs again.</summary>
    public sealed record RegistryContinued(TimeSpan At) : HistoryEvent(At)
    {
        private protected override string Text => "registry runs again";
    }

    /// <summary>The store refuses commits from now on.</summary>
    public sealed record StoreFailed(TimeSpan At) : HistoryEvent(At)
    {
        private protected override string Text => "store fails";
    }

    /// <summary>The store takes commits again.</summary>
    public sealed record StoreRecovered(TimeSpan At) : HistoryEvent(At)
    {
        private protected override string Text => "store works again";
    }

    /// <summary>The mass-expiry guard holds expiries back from now on.</summary>
    public sealed record GuardBegan(TimeSpan At) : HistoryEvent(At)
    {
        private protected override string Text => "guard holds";
    }

    /// <summary>The mass-expiry guard holds nothing back any more.</summary>
    public sealed record GuardEnded(TimeSpan At) : HistoryEvent(At)
    {
        private protected override string Text => "guard has ended";
    }

    /// <summary>A commit is durable.</summary>
    /// <param name="At">When it became so; not later than the acknowledgement of any of its changes.</param>
    /// <param name="StoreId">Whose revision it has.</param>
    /// <param name="Commit">The commit.</param>
    public sealed record Committed(TimeSpan At, string StoreId, StoreCommit Commit) : HistoryEvent(At)
    {
        private protected override string Text =>
            $"commit {Commit.Revision}: {string.Join(", ", Commit.Changes.Select(HistoryText.Of).Order(StringComparer.Ordinal))}";
    }

    /// <summary>The registry took a sign of life of a lease: a renewal, or a stream that opened on it.</summary>
    /// <param name="At">When it was seen to be taken, at the latest.</param>
    /// <param name="Lease">Of which lease.</param>
    /// <param name="Earliest">When it can have been taken at the earliest: the same where the registry itself is observed, the moment
    /// of sending where only the provider is.</param>
    public sealed record Renewed(TimeSpan At, LeaseId Lease, TimeSpan Earliest) : HistoryEvent(At)
    {
        private protected override string Text => $"lease {Lease} renewed";
    }

    /// <summary>A provider's stream took a lease over; which is a sign of life.</summary>
    /// <param name="At">When.</param>
    /// <param name="Lease">Which lease.</param>
    /// <param name="AnswersPings">Whether the provider says that it answers pings.</param>
    public sealed record SessionOpened(TimeSpan At, LeaseId Lease, bool AnswersPings) : HistoryEvent(At)
    {
        private protected override string Text => $"a stream keeps lease {Lease}";
    }

    /// <summary>The registry learned that the stream which kept a lease has ended.</summary>
    public sealed record SessionLost(TimeSpan At, LeaseId Lease) : HistoryEvent(At)
    {
        private protected override string Text => $"lease {Lease} has lost its stream";
    }

    /// <summary>The registry asks the provider of a lease whether it lives.</summary>
    public sealed record Pinged(TimeSpan At, LeaseId Lease) : HistoryEvent(At)
    {
        private protected override string Text => $"lease {Lease} is pinged";
    }

    /// <summary>The registry read something else than a renewal from the provider of a lease: the answer to a ping, or a request.</summary>
    public sealed record Heard(TimeSpan At, LeaseId Lease) : HistoryEvent(At)
    {
        private protected override string Text => $"lease {Lease} is heard";
    }

    /// <summary>The registry refused a registration because a living instance holds its id or its address.</summary>
    /// <param name="At">When it decided so.</param>
    /// <param name="Instance">What was to be registered.</param>
    /// <param name="Address">Where.</param>
    /// <param name="Arrived">When the request had arrived.</param>
    public sealed record AddressRefused(TimeSpan At, InstanceKey Instance, AddressKey Address, TimeSpan Arrived) : HistoryEvent(At)
    {
        private protected override string Text => $"{Instance} is refused {Address.Address}";
    }

    /// <summary>A probe of an instance with an active check has ended, and the registry takes its result.</summary>
    /// <param name="At">When.</param>
    /// <param name="Instance">Of which instance.</param>
    /// <param name="Host">Which host was probed.</param>
    /// <param name="Check">By which check.</param>
    /// <param name="Began">When the registry began it.</param>
    /// <param name="IsSuccess">Whether it found what the check wants.</param>
    public sealed record Probed(
        TimeSpan At, InstanceKey Instance, string Host, ActiveCheck Check, TimeSpan Began, bool IsSuccess) : HistoryEvent(At)
    {
        private protected override string Text => $"a probe of {Instance} {(IsSuccess ? "succeeded" : "failed")}";
    }

    /// <summary>What the registry shows of the health of an instance with an active check, when nothing it was told is on its way.</summary>
    public sealed record CheckShown(TimeSpan At, InstanceKey Instance, Health Health) : HistoryEvent(At)
    {
        private protected override string Text => $"{Instance} is shown {Health} by its check";
    }

    /// <summary>A provider or an operator asks for a change.</summary>
    /// <param name="At">When it was sent.</param>
    /// <param name="Operation">Names it; never used twice.</param>
    /// <param name="Kind">What is asked.</param>
    /// <param name="Instance">Of which instance.</param>
    /// <param name="Lease">By which lease; none for an operator, and for a registration that asks for a new one.</param>
    public sealed record Invoked(TimeSpan At, long Operation, OperationKind Kind, InstanceKey Instance, LeaseId Lease) : HistoryEvent(At)
    {
        private protected override string Text => $"{Kind} {Operation} of {Instance} by lease {Lease}";
    }

    /// <summary>The change is acknowledged. One that never is may have been made or not.</summary>
    /// <param name="At">When its caller heard of it.</param>
    /// <param name="Operation">Which.</param>
    /// <param name="StoreId">The store that counted the revision.</param>
    /// <param name="Revision">The revision that shows it.</param>
    public sealed record Acknowledged(TimeSpan At, long Operation, string StoreId, Revision Revision) : HistoryEvent(At)
    {
        private protected override string Text => $"operation {Operation} acknowledged at {Revision} of {StoreId}";
    }

    /// <summary>A watcher subscribes, on a new stream.</summary>
    /// <param name="At">When it was sent.</param>
    /// <param name="Watcher">Names the watcher over all its streams.</param>
    /// <param name="Service">What it watches.</param>
    /// <param name="Resume">Where it goes on; null for a snapshot.</param>
    public sealed record Subscribed(TimeSpan At, string Watcher, ServiceKey Service, ResumeToken? Resume) : HistoryEvent(At)
    {
        private protected override string Text =>
            $"{Watcher} subscribes to {Service}{(Resume is { } token ? $" after {token.Revision} of {token.StoreId}" : "")}";
    }

    /// <summary>A part of a snapshot was delivered; the last one replaces what the watcher had.</summary>
    public sealed record SnapshotDelivered(
        TimeSpan At, string Watcher, ServiceKey Service, ImmutableArray<InstanceRecord> Instances, bool IsLast) : HistoryEvent(At)
    {
        private protected override string Text => $"{Watcher} gets a snapshot of {Service}: {HistoryText.Of(Instances)}{(IsLast ? "" : " ...")}";
    }

    /// <summary>A change was delivered, or the answer that the service is unknown.</summary>
    public sealed record ChangeDelivered(TimeSpan At, string Watcher, CatalogEvent Change) : HistoryEvent(At)
    {
        private protected override string Text => $"{Watcher} gets {HistoryText.Of(Change)}";
    }

    /// <summary>A progress was delivered: what came before is whole.</summary>
    public sealed record ProgressDelivered(TimeSpan At, string Watcher, ServiceKey Service, ResumeToken Token) : HistoryEvent(At)
    {
        private protected override string Text => $"{Watcher} has {Service} at {Token.Revision} of {Token.StoreId}";
    }

    /// <summary>What the watcher's process shows to its callers after a progress.</summary>
    public sealed record Shown(TimeSpan At, string Watcher, ServiceKey Service, ImmutableArray<InstanceRecord> Instances) : HistoryEvent(At)
    {
        private protected override string Text => $"{Watcher} shows {Service}: {HistoryText.Of(Instances)}";
    }

    /// <summary>A watcher's stream ended.</summary>
    public sealed record WatchLost(TimeSpan At, string Watcher) : HistoryEvent(At)
    {
        private protected override string Text => $"{Watcher} lost its stream";
    }

    /// <summary>Nothing more happens, and everything had the time to arrive: what is eventual has to hold now.</summary>
    public sealed record Quiesced(TimeSpan At) : HistoryEvent(At)
    {
        private protected override string Text => "quiet";
    }
}
