using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>What the store made durable at one revision. Delivered whole.</summary>
/// <param name="Revision">The store's number after it.</param>
/// <param name="Changes">The changes, in their order.</param>
public sealed record StoreCommit(Revision Revision, ImmutableArray<RecordChange> Changes);
