using Muster.Core.Model;

namespace Muster.Registry;

/// <summary>Callers that wait until the catalog has reached a revision.</summary>
/// <remarks>Bounded by the calls in flight. An abandoned wait is released with its revision, which a commit has already given.</remarks>
internal sealed class RevisionWaiters
{
    // Guards the queue. The check of the current revision happens under it too: without that, a release between check and
    // enqueue would leave the waiter asleep until the next commit.
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, ulong> _waiting = new();

    public Task WaitAsync(Revision revision, Func<Revision> current)
    {
        lock (_lock)
        {
            if (current() >= revision)
            {
                return Task.CompletedTask;
            }

            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter, revision.Value);
            return waiter.Task;
        }
    }

    public void Release(Revision reached)
    {
        lock (_lock)
        {
            while (_waiting.TryPeek(out var waiter, out var revision) && revision <= reached.Value)
            {
                _waiting.Dequeue();
                waiter.TrySetResult();
            }
        }
    }
}
