using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>A store that can be copied, and replaced by a copy, while it is in use.</summary>
/// <remarks>Thread-safe; one copy is made or taken in at a time.</remarks>
public interface IBackupStore
{
    /// <summary>Copies what is committed.</summary>
    /// <returns>The copy, as it was at one revision.</returns>
    /// <exception cref="StoreUnavailableException">It cannot be copied now: no room, or another copy is on its way.</exception>
    Task<StoreCopy> CopyAsync(CancellationToken cancellationToken);

    /// <summary>Replaces everything by a copy, in one commit, at a revision above that of either.</summary>
    /// <param name="content">The copy's bytes, at most <see cref="Core.Limits.BackupBytesMax"/>.</param>
    /// <param name="storeId">What the store is called from then on: a new name, so that tokens of what was replaced are worth
    /// nothing.</param>
    /// <param name="cancellationToken">Observed until the copy is checked: the commit is carried through.</param>
    /// <returns>The commit's revision.</returns>
    /// <exception cref="BackupRefusedException">It is not a sound copy; nothing was changed.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was changed; the caller may retry.</exception>
    Task<Revision> ReplaceAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> content, string storeId, CancellationToken cancellationToken);
}
