using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;

namespace Muster.Client.Http;

/// <summary>A call of which a second attempt starts before the first has ended, and the first good answer wins.</summary>
/// <remarks>Each attempt sends a request of its own: the caller's is not touched. One thread at a time: racers are only waited for.</remarks>
internal sealed class HedgedCall(AttemptLoop call, HedgingOptions options)
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    // What counts as a failure where the options have no retries.
    private static readonly RetryOptions s_defaults = new();

    private readonly ServiceRoute _route = call.Route;
    private readonly List<Racer> _running = new(options.ExtraMax + 1);
    private int _extra;
    private bool _isClosed;

    private TimeSpan Now => _route.TimeProvider.Now();

    /// <summary>Runs the call.</summary>
    /// <param name="first">Where the first attempt goes.</param>
    /// <param name="startedAt">When it was picked.</param>
    public async Task<HttpResponseMessage> SendAsync(Target first, TimeSpan startedAt)
    {
        // Fills in what reading it would: two transports that ask for a content's length at once would both write it down.
        _ = call.Request.Content?.Headers.ContentLength;
        var delay = DelayAt(startedAt);
        var primary = Launch(first, startedAt, AttemptKind.First);
        using var stop = new CancellationTokenSource();
        try
        {
            var due = Delay(delay, stop.Token);
            while (true)
            {
                await Task.WhenAny([.. _running.Select(r => r.Reply), due]).ConfigureAwait(false);
                if (_running.Find(r => r.Reply.IsCompleted) is not { } racer)
                {
                    due = TryHedge() ? Delay(delay, stop.Token) : Never;
                    continue;
                }

                _running.Remove(racer);
                var reply = await racer.Reply.ConfigureAwait(false);
                racer.Release();
                if (reply.IsGood(_route.Retry ?? s_defaults))
                {
                    return Win(racer, reply, primary, startedAt);
                }

                var verdict = call.Judge(racer.Attempt, reply);
                if (verdict == RetryVerdict.Pointless)
                {
                    AbandonRest();
                    return call.GiveUp(racer.Attempt, reply, verdict, isEnded: false);
                }

                due = GoOn(verdict, call.AskedBy(reply), due, stop.Token);
                if (_running.Count == 0)
                {
                    return await call.GoOnAsync(racer.Attempt, reply, verdict).ConfigureAwait(false);
                }

                AttemptLoop.EndFailed(racer.Attempt, reply);
                reply.Response?.Dispose();
            }
        }
        finally
        {
            // Not on another thread: it stops timers of ours that nobody waits for, and the answer would wait for that thread.
            stop.Cancel();
        }
    }

    private Task Delay(TimeSpan delay, CancellationToken stop) => Task.Delay(delay, _route.TimeProvider, stop);

    private TimeSpan DelayAt(TimeSpan now)
    {
        var delay = _route.Latency.Quantile(options.Percentile, now) ?? options.DelayInitial;
        return delay > options.DelayMin ? delay : options.DelayMin;
    }

    private Racer Launch(Target target, TimeSpan now, AttemptKind kind)
    {
        var attempt = call.Begin(target, now, kind);
        var racer = new Racer(attempt, call.Caller);
        racer.Reply = Exchange.SendAsync(
            target.Connections, call.CopyAt(now), _route.AttemptTimeout, _route.TimeProvider, racer.Token);
        _running.Add(racer);
        return racer;
    }

    /// <summary>Sends one more, if number, budgets and instances allow it.</summary>
    private bool TryHedge()
    {
        if (_isClosed || _extra >= options.ExtraMax || !_route.Budget.TryTakeHedge(options, _route.Retry, Now))
        {
            return false;
        }

        if (!call.TryPickWell(out var target))
        {
            _route.Budget.ReturnHedge(options, _route.Retry);
            return false;
        }

        _extra++;
        Launch(target, Now, AttemptKind.Hedge);
        return true;
    }

    /// <summary>Sends the next one after a failure: at once, unless the instance asked for a wait (gRFC A6).</summary>
    /// <returns>What to wait for before the next hedge.</returns>
    private Task GoOn(RetryVerdict verdict, TimeSpan? pushback, Task due, CancellationToken stop)
    {
        if (pushback is { } wait)
        {
            _isClosed |= wait < TimeSpan.Zero;
            return _isClosed ? Never : Delay(wait, stop);
        }

        if (verdict == RetryVerdict.AtOnce && call.TryPickAtOnce(out var target))
        {
            Launch(target, Now, AttemptKind.TransparentRetry);
        }
        else if (verdict != RetryVerdict.AtOnce)
        {
            TryHedge();
        }

        return due;
    }

    private HttpResponseMessage Win(Racer winner, Reply reply, Racer primary, TimeSpan startedAt)
    {
        // A first attempt that another one overtook is counted with the time it had taken by then, which is longer than the
        // percentile is: left out, the slow ones would be missing and the percentile would sink.
        if (winner == primary || _running.Contains(primary))
        {
            var now = Now;
            _route.Latency.Record(now - startedAt, now);
        }

        AbandonRest();
        return Delivery.Deliver(winner.Attempt, call.Request, reply.Response!, reply.IsEnded);
    }

    private void AbandonRest()
    {
        foreach (var loser in _running)
        {
            _ = loser.AbandonAsync();
        }
    }
}
