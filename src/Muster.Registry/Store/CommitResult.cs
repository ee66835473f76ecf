using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>What became of a batch.</summary>
/// <param name="Revision">The store's number after it; unchanged if nothing was committed.</param>
/// <param name="Committed">For each change of the batch, in order: whether it was made.</param>
public sealed record CommitResult(Revision Revision, IReadOnlyList<bool> Committed)
{
    /// <summary>Whether every change was made.</summary>
    public bool AllCommitted => Committed.All(c => c);
}
