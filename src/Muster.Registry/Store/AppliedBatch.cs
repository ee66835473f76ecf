using System.Collections.Immutable;
using Muster.Core.Catalog;

namespace Muster.Registry.Store;

/// <summary>What became of a batch in the tables, before it is durable.</summary>
/// <param name="Committed">For each change of the batch whether it was made.</param>
/// <param name="Changes">What was made, a superseded instance's removal before the record that takes its place.</param>
/// <param name="Rows">For each of them the number of the instance or lease that it is about; 0 for other records.</param>
internal sealed record AppliedBatch(IReadOnlyList<bool> Committed, ImmutableArray<RecordChange> Changes, ImmutableArray<long> Rows)
{
    public static readonly AppliedBatch Nothing = new([], [], []);
}
