using System.Runtime.ExceptionServices;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Grpc;

namespace Muster.Client.Http;

/// <summary>A call that takes more than one straight attempt, one attempt after the other.</summary>
/// <param name="route">The way to the service.</param>
/// <param name="request">The caller's request.</param>
/// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
/// <param name="startedAt">When the call began.</param>
/// <param name="caller">The caller's token.</param>
internal sealed class AttemptLoop(
    ServiceRoute route, HttpRequestMessage request, ulong? affinity, TimeSpan startedAt, CancellationToken caller)
{
    private readonly CallHistory _history = new();
    private readonly CallDeadline _deadline = CallDeadline.Of(request, startedAt);

    // The newest attempt's.
    private AttemptTrace? _trace;

    public ServiceRoute Route => route;

    public HttpRequestMessage Request => request;

    public CancellationToken Caller => caller;

    private Fleet Fleet => route.Balancer.Fleet;

    private TimeSpan Now => route.TimeProvider.Now();

    private int PreviousToTell => _history.Previous is var previous and > 0 && RequestTraits.IsGrpc(request) ? previous : 0;

    /// <summary>Runs the call from its beginning.</summary>
    /// <param name="picked">Where it goes; null if that has to be waited for.</param>
    public async Task<HttpResponseMessage> RunAsync(Target? picked)
    {
        var (target, now) = picked is { } at
            ? (at, startedAt)
            : await PickFirstAsync().ConfigureAwait(false);
        route.Budget.OnCall();
        if (route.Hedging is { } hedging && RequestTraits.IsHedgeable(request))
        {
            return await new HedgedCall(this, hedging).SendAsync(target, now).ConfigureAwait(false);
        }

        var attempt = Begin(target, now, AttemptKind.First);
        var reply = await SendAsync(target, now).ConfigureAwait(false);
        return reply.IsGood(route.Retry)
            ? Delivery.Deliver(attempt, request, reply.Response!, reply.IsEnded)
            : await GoOnAsync(attempt, reply, Judge(attempt, reply)).ConfigureAwait(false);
    }

    /// <summary>Takes the call from an attempt that failed to its end.</summary>
    /// <param name="attempt">The attempt; it has not been ended.</param>
    /// <param name="reply">What it brought.</param>
    /// <param name="verdict">What <see cref="Judge"/> says of it.</param>
    public async Task<HttpResponseMessage> GoOnAsync(Attempt attempt, Reply reply, RetryVerdict verdict)
    {
        _trace ??= attempt.Trace;
        while (true)
        {
            var next = await NextAsync(attempt, reply, verdict).ConfigureAwait(false);
            if (next.Target is not { } target)
            {
                return GiveUp(attempt, reply, next.Verdict, next.IsEnded);
            }

            reply.Response?.Dispose();
            var now = Now;
            attempt = Begin(target, now, next.Verdict == RetryVerdict.AtOnce ? AttemptKind.TransparentRetry : AttemptKind.Retry);
            reply = await SendAsync(target, now).ConfigureAwait(false);
            if (reply.IsGood(route.Retry))
            {
                return Delivery.Deliver(attempt, request, reply.Response!, reply.IsEnded);
            }

            verdict = Judge(attempt, reply);
        }
    }

    /// <summary>Starts an attempt.</summary>
    public Attempt Begin(Target target, TimeSpan now, AttemptKind kind)
    {
        if (_history.Attempts.Count > 0)
        {
            route.OnRetry(_history.Last, target.Member);
        }

        _history.AddTried(target.Member);
        var attempt = route.Begin(target, now, affinity, request, new(startedAt, kind, _trace));
        _trace = attempt.Trace;
        return attempt;
    }

    /// <summary>Takes in how an attempt failed, and says what that leaves.</summary>
    public RetryVerdict Judge(Attempt attempt, Reply reply)
    {
        var failure = reply.Classify(caller);
        _history.Add(attempt.Member, failure, reply);
        if (failure == AttemptFailure.ConnectFailed)
        {
            Fleet.OnConnectFailed(attempt.Member, reply.Exception!);
        }

        return RetryRule.Decide(failure, _history.Counts, request, route.Retry);
    }

    /// <summary>A copy of the request for the newest attempt: it tells a gRPC server the time that is left, and of attempts before it.</summary>
    public HttpRequestMessage CopyAt(TimeSpan now) => RequestCopy.Of(request, _deadline.Left(now), PreviousToTell);

    /// <summary>Picks an instance that the call has not tried and that is not set aside.</summary>
    public bool TryPickWell(out Target target)
    {
        target = default;
        return !_deadline.IsPast(Now) && route.Balancer.TryPickOther(_history.Tried, affinity, wellOnly: true, out target, out _);
    }

    /// <summary>Picks an instance for what never ran. It needs no leave of the budget; but what an instance has refused was work for it, and
    /// is charged.</summary>
    public bool TryPickAtOnce(out Target target)
    {
        if (!TryPickWell(out target))
        {
            return false;
        }

        if (_history.Last.Failure == AttemptFailure.NeverRan && route.Retry is { } retry)
        {
            route.Budget.Charge(retry, Now);
        }

        return true;
    }

    /// <summary>Ends the attempt that failed, whose call goes on.</summary>
    public static void EndFailed(Attempt attempt, Reply reply)
    {
        if (reply is { Exception: null, Response: { } refusal })
        {
            Delivery.EndRefused(attempt, refusal, reply.IsEnded);
        }
        else
        {
            var result = FailureClassifier.IsNoTurn(reply.Exception) ? AttemptResult.Cancelled : AttemptResult.Failure;
            attempt.End(result, willRetry: true, exception: reply.Exception);
        }
    }

    /// <summary>Ends the call with what its last attempt brought.</summary>
    /// <param name="attempt">The last attempt.</param>
    /// <param name="reply">What it brought.</param>
    /// <param name="verdict">Why there is no other.</param>
    /// <param name="isEnded">Whether the attempt has been ended.</param>
    public HttpResponseMessage GiveUp(Attempt attempt, Reply reply, RetryVerdict verdict, bool isEnded)
    {
        if (reply.Exception is not { } exception)
        {
            // It is an answer, and says more than any sentence of ours.
            return isEnded
                ? Delivery.DeliverEnded(attempt, request, reply.Response!)
                : Delivery.Deliver(attempt, request, reply.Response!, reply.IsEnded);
        }

        reply.Response?.Dispose();
        var failure = _history.Last.Failure;
        var isBlameless = failure is AttemptFailure.Cancelled or AttemptFailure.BadRequest;
        var result = isBlameless ? AttemptResult.Cancelled : AttemptResult.Failure;
        if (failure == AttemptFailure.NoTurn && !isEnded)
        {
            // The call has failed, and the instance was not asked.
            EndFailed(attempt, reply);
            isEnded = true;
        }

        if (isEnded)
        {
            attempt.EndCall(result);
        }
        else
        {
            attempt.End(result, exception: exception);
        }

        if (failure == AttemptFailure.Cancelled && exception is not OperationCanceledException)
        {
            throw new OperationCanceledException(exception.Message, exception, caller);
        }

        if (isBlameless)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        throw CallErrors.Failed(Fleet.Roster.View, _history.Attempts, verdict, route.Retry, Fleet.Directory);
    }

    private async ValueTask<(Target Target, TimeSpan Now)> PickFirstAsync()
    {
        try
        {
            return await route.PickFirstAsync(affinity, caller).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var status = e is OperationCanceledException ? StatusCode.Cancelled : StatusCode.Unavailable;
            AttemptTrace.EndUnsent(Fleet.Telemetry, request, status, Now - startedAt);
            throw;
        }
    }

    private Task<Reply> SendAsync(Target target, TimeSpan now)
    {
        // The caller's own request, unless it has a deadline that part of is over, or has been sent before.
        var sent = (_deadline.At is not null && now > startedAt) || PreviousToTell > 0 ? CopyAt(now) : request;
        return Exchange.SendAsync(target.Connections, sent, route.AttemptTimeout, route.TimeProvider, caller);
    }

    /// <summary>Finds out where the call goes on; ends the attempt if it does, and waits.</summary>
    private async ValueTask<Next> NextAsync(Attempt attempt, Reply reply, RetryVerdict verdict)
    {
        if (verdict == RetryVerdict.AtOnce)
        {
            if (TryPickAtOnce(out var well))
            {
                EndFailed(attempt, reply);
                return new Next(well, verdict, IsEnded: true);
            }

            // What was refused unread may still go the way of all other failures, budget and all. Where no connection can be made,
            // and everybody else is set aside, nobody is asked: walking through a dead fleet with each call helps no one.
            verdict = _history.Last.Failure == AttemptFailure.NeverRan
                ? RetryRule.DecideByPolicy(AttemptFailure.NeverRan, _history.Counts, request, route.Retry)
                : WhyNoOther();
        }

        return verdict == RetryVerdict.Retry
            ? await RetryAsync(attempt, reply, route.Retry!).ConfigureAwait(false)
            : new Next(null, verdict, IsEnded: false);
    }

    private async ValueTask<Next> RetryAsync(Attempt attempt, Reply reply, RetryOptions retry)
    {
        var asked = AskedBy(reply);
        var wait = asked ?? RetryBackoff.Of(_history.Retries + 1, retry, Fleet.Random);

        // gRFC A6: after a wait that was asked for, the back-off starts anew.
        _history.Retries = asked is null ? _history.Retries + 1 : 0;
        var verdict = asked < TimeSpan.Zero || asked > retry.PushbackMax ? RetryVerdict.PushedBack : Admit(wait, retry);
        if (verdict != RetryVerdict.Retry)
        {
            return new Next(null, verdict, IsEnded: false);
        }

        // Before the wait: it is over, and must not look like load meanwhile. The answer is kept, in case nothing better comes.
        EndFailed(attempt, reply);
        try
        {
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, route.TimeProvider, caller).ConfigureAwait(false);
            }
        }
        catch
        {
            reply.Response?.Dispose();
            attempt.EndCall(AttemptResult.Cancelled);
            throw;
        }

        if (route.Balancer.TryPickOther(_history.Tried, affinity, wellOnly: false, out var target, out _))
        {
            return new Next(target, RetryVerdict.Retry, IsEnded: true);
        }

        route.Budget.ReturnRetry(retry);
        return new Next(null, RetryVerdict.NoOther, IsEnded: true);
    }

    /// <summary>The wait that the instance asks for; null if it does not.</summary>
    public TimeSpan? AskedBy(Reply reply) => reply is { Exception: null, Response: { } refusal }
        ? Pushback.Of(refusal, reply.IsEnded, route.TimeProvider.GetUtcNow())
        : null;

    private RetryVerdict Admit(TimeSpan wait, RetryOptions retry)
    {
        var now = Now;
        if (_deadline.IsPast(now + wait))
        {
            return RetryVerdict.PastDeadline;
        }

        if (!route.Balancer.CanPickOther(_history.Tried, now))
        {
            return WhyNoOther();
        }

        if (route.Budget.TryTakeRetry(retry, now))
        {
            return RetryVerdict.Retry;
        }

        route.OnBudgetSpent(now);
        return RetryVerdict.OutOfBudget;
    }

    private RetryVerdict WhyNoOther()
    {
        var now = Now;
        if (_deadline.IsPast(now))
        {
            return RetryVerdict.PastDeadline;
        }

        return route.Balancer.HasOther(_history.Tried, now) ? RetryVerdict.OthersSetAside : RetryVerdict.NoOther;
    }

    /// <summary>Where a call goes on.</summary>
    /// <param name="Target">The instance; null if it does not go on.</param>
    /// <param name="Verdict">Why, or why not.</param>
    /// <param name="IsEnded">Whether the attempt before has been ended.</param>
    private readonly record struct Next(Target? Target, RetryVerdict Verdict, bool IsEnded);
}
