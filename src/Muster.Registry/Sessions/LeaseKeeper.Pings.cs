using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Registry.Sessions;

/// <content>Asks the provider of a lease whether it lives, for who wants the address of an instance of it.</content>
internal sealed partial class LeaseKeeper
{
    private readonly PingTable _pings = new();

    // Who waits for which answer; as many as registrations run.
    private readonly Dictionary<LeaseId, TaskCompletionSource<bool>> _askers = [];
    private readonly List<(LeaseId Lease, bool IsAlive)> _settled = [];

    /// <summary>Asks the provider that keeps a lease by a session, and waits for <see cref="Core.Limits.PingPatience"/> at most.</summary>
    /// <returns>False if it did not answer, or its stream ended meanwhile. True also for one that does not answer pings: then its
    /// heartbeats alone say whether it lives.</returns>
    public async Task<bool> AnswersAsync(LeaseId lease, CancellationToken cancellationToken)
    {
        // To its end, whoever asks has left or not: it is no longer than the patience.
        var isAlive = await AskAsync(lease);
        cancellationToken.ThrowIfCancellationRequested();
        return isAlive;
    }

    /// <summary>Something came from a provider that was pinged.</summary>
    public void Heard(LeaseId lease)
    {
        lock (_lock)
        {
            SettleLocked(lease, isAlive: true);
        }
    }

    private Task<bool> AskAsync(LeaseId lease)
    {
        lock (_lock)
        {
            if (!_peers.TryGetValue(lease, out var peer) || !peer.AnswersPings || peer.IsBusy)
            {
                return Task.FromResult(true);
            }

            if (!_askers.TryGetValue(lease, out var asker))
            {
                // Its continuations must not run under the lock.
                _askers[lease] = asker = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            if (_pings.Ask(lease, _clock.Now))
            {
                peer.Ping();
                ArmWake();
            }

            return asker.Task;
        }
    }

    private void SettleLocked(LeaseId lease, bool isAlive)
    {
        _pings.Settle(lease);
        if (_askers.Remove(lease, out var asker))
        {
            asker.SetResult(isAlive);
        }
    }

    // After this process stood still: the answers may lie unread, however much of the patience is over.
    private void TakeAllForAliveLocked()
    {
        foreach (var lease in _askers.Keys.ToList())
        {
            SettleLocked(lease, isAlive: true);
        }
    }

    private void TickPingsLocked()
    {
        _pings.Tick(_clock.Now, _settled);
        foreach (var (lease, isAlive) in _settled)
        {
            // One whose requests fill all places is not read from: its answer may lie there.
            SettleLocked(lease, isAlive || (_peers.TryGetValue(lease, out var peer) && peer.IsBusy));
        }

        _settled.Clear();
    }
}
