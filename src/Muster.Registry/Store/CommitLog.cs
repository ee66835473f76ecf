using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>The recent commits of a store with one writer, and those who follow them.</summary>
/// <remarks>Thread-safe. A follower's queue has no bound of its own: it holds what this process's feed has not applied yet, and
/// callers wait for the feed before they are answered, so the calls in flight bound it.</remarks>
internal sealed class CommitLog
{
    // Enough for a follower that loaded a moment ago.
    private const int RecentMax = 2 * Limits.CommitChangesMax;

    // Guards both lists, so that a follower which starts finds each commit either among the recent ones or in its queue.
    private readonly Lock _lock = new();
    private readonly List<StoreCommit> _recent = [];
    private readonly List<Channel<StoreCommit>> _followers = [];

    public void Publish(StoreCommit commit)
    {
        lock (_lock)
        {
            _recent.Add(commit);
            if (_recent.Count > RecentMax)
            {
                _recent.RemoveRange(0, RecentMax / 2);
            }

            foreach (var follower in _followers)
            {
                follower.Writer.TryWrite(commit);
            }
        }
    }

    /// <summary>Every commit after a revision.</summary>
    /// <exception cref="InvalidOperationException">The log does not reach back that far: load again.</exception>
    public async IAsyncEnumerable<StoreCommit> FollowAsync(
        Revision after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var follower = Start(after);
        try
        {
            await foreach (var commit in follower.Reader.ReadAllAsync(cancellationToken))
            {
                yield return commit;
            }
        }
        finally
        {
            lock (_lock)
            {
                _followers.Remove(follower);
            }
        }
    }

    public void Complete()
    {
        lock (_lock)
        {
            foreach (var follower in _followers)
            {
                follower.Writer.TryComplete();
            }
        }
    }

    private Channel<StoreCommit> Start(Revision after)
    {
        var follower = Channel.CreateUnbounded<StoreCommit>(new UnboundedChannelOptions { SingleReader = true });
        lock (_lock)
        {
            if (_recent.Count > 0 && _recent[0].Revision > after.Next)
            {
                throw new InvalidOperationException(
                    $"Commits after revision {after} are asked for, but the log begins at {_recent[0].Revision}: load the store again.");
            }

            foreach (var commit in _recent.Where(c => c.Revision > after))
            {
                follower.Writer.TryWrite(commit);
            }

            _followers.Add(follower);
        }

        return follower;
    }
}
