using Muster.Client.Balancing;

namespace Muster.Client.Http;

/// <summary>One of the attempts of a hedged call.</summary>
internal sealed class Racer(Attempt attempt, CancellationToken caller)
{
    private readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(caller);

    public Attempt Attempt => attempt;

    public CancellationToken Token => _cancel.Token;

    /// <summary>What it brings.</summary>
    public Task<Reply> Reply { get; set; } = null!;

    /// <summary>Lets go of the caller's token, which may outlive the call by far. To be done with each racer once, when it has brought its reply.</summary>
    public void Release() => _cancel.Dispose();

    /// <summary>Cancels it. It ends when the transport has let go of it, and nothing of it is held against the instance.</summary>
    public async Task AbandonAsync()
    {
        // On another thread: what the transport does when it is cancelled is not the winner's to wait for.
        await _cancel.CancelAsync().ConfigureAwait(false);
        var reply = await Reply.ConfigureAwait(false);
        reply.Response?.Dispose();
        attempt.End(AttemptResult.Cancelled, willRetry: true);
        Release();
    }
}
