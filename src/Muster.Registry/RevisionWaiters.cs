using Muster.Core.Model;

namespace Muster.Registry;

/// <summary>Callers that wait until the catalog has reached a revision.</summary>
/// <remarks>Bounded by the calls in flight: a wait that is given up takes its place back.</remarks>
internal sealed class RevisionWaiters
{
    // Guards what waits. The check of the current revision happens under it too: without that, a release between check and
    // enqueue would leave the waiter asleep until the next commit.
    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, LinkedList<TaskCompletionSource>> _waiting = [];

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Values.Sum(w => w.Count);
            }
        }
    }

    /// <summary>Waits for a revision.</summary>
    /// <param name="revision">Which.</param>
    /// <param name="current">The revision that is reached now.</param>
    /// <param name="patience">Ends the wait when it is over: with a <see cref="TimeoutException"/>, or as cancelled.</param>
    public async Task WaitAsync(Revision revision, Func<Revision> current, Func<Task, Task> patience)
    {
        LinkedListNode<TaskCompletionSource> waiter;
        lock (_lock)
        {
            if (current() >= revision)
            {
                return;
            }

            if (!_waiting.TryGetValue(revision.Value, out var waiters))
            {
                _waiting[revision.Value] = waiters = [];
            }

            waiter = waiters.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            await patience(waiter.Value.Task);
        }
        catch
        {
            // The revision may never be reached: nothing else would ever take the place back.
            Leave(revision, waiter);
            throw;
        }
    }

    public void Release(Revision reached)
    {
        lock (_lock)
        {
            while (_waiting.Count > 0 && _waiting.First() is var (revision, waiters) && revision <= reached.Value)
            {
                _waiting.Remove(revision);
                foreach (var waiter in waiters)
                {
                    waiter.TrySetResult();
                }
            }
        }
    }

    private void Leave(Revision revision, LinkedListNode<TaskCompletionSource> waiter)
    {
        lock (_lock)
        {
            // Released meanwhile: the list it was in is gone, or a later one of the same revision, which it is not in.
            if (_waiting.TryGetValue(revision.Value, out var waiters) && waiter.List == waiters)
            {
                waiters.Remove(waiter);
                if (waiters.Count == 0)
                {
                    _waiting.Remove(revision.Value);
                }
            }
        }
    }
}
