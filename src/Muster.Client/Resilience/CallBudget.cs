using Muster.Client.Telemetry;

namespace Muster.Client.Resilience;

/// <summary>What the calls of one service may cost beyond one attempt each. All handlers that call the service share it.</summary>
/// <remarks>Thread-safe. A call that goes well pays one increment on a line of memory of its own.</remarks>
internal sealed class CallBudget(TimeSpan now)
{
    /// <summary>Retries a second that are allowed however few calls there are (Finagle has 10, load-balancing proxies 3 at a time).</summary>
    public const double FloorPerSecond = 3;

    private readonly Seldom _reports = new(TimeSpan.FromSeconds(10));
    private readonly StripedCounter _calls = new();
    private readonly AttemptBudget _extra = new(FloorPerSecond, now);
    private readonly AttemptBudget _hedges = new(floorPerSecond: 0, now);
    private long _retried;
    private long _hedged;
    private long _denied;

    /// <summary>Calls so far.</summary>
    public long Calls => _calls.Sum();

    /// <summary>Retries that it has allowed.</summary>
    public long Retried => Volatile.Read(ref _retried);

    /// <summary>Hedges that it has allowed.</summary>
    public long Hedged => Volatile.Read(ref _hedged);

    /// <summary>Retries and hedges that it has refused.</summary>
    public long Denied => Volatile.Read(ref _denied);

    /// <summary>Counts a call, whatever becomes of it.</summary>
    public void OnCall() => _calls.Increment();

    /// <summary>Asks for a retry.</summary>
    public bool TryTakeRetry(RetryOptions retry, TimeSpan now) =>
        Count(_extra.TryTake(Calls, retry.BudgetPercent, now), ref _retried);

    /// <summary>Takes in an attempt that needed no leave, but was work for an instance: what a fleet refuses must not come on top of what
    /// is retried.</summary>
    public void Charge(RetryOptions retry, TimeSpan now) => _extra.Charge(Calls, retry.BudgetPercent, now);

    /// <summary>Gives back a retry that found no instance.</summary>
    public void ReturnRetry(RetryOptions retry)
    {
        _extra.Return(retry.BudgetPercent);
        Interlocked.Decrement(ref _retried);
    }

    /// <summary>Asks for a hedge, which costs both budgets.</summary>
    /// <param name="hedging">The hedges' own.</param>
    /// <param name="retry">The one that they share with retries; null where there are no retries.</param>
    /// <param name="now">The time.</param>
    public bool TryTakeHedge(HedgingOptions hedging, RetryOptions? retry, TimeSpan now)
    {
        var calls = Calls;
        if (!_hedges.TryTake(calls, hedging.BudgetPercent, now))
        {
            return Count(false, ref _hedged);
        }

        var isAllowed = retry is null || _extra.TryTake(calls, retry.BudgetPercent, now);
        if (!isAllowed)
        {
            _hedges.Return(hedging.BudgetPercent);
        }

        return Count(isAllowed, ref _hedged);
    }

    /// <summary>Gives back a hedge that found no instance.</summary>
    public void ReturnHedge(HedgingOptions hedging, RetryOptions? retry)
    {
        _hedges.Return(hedging.BudgetPercent);
        if (retry is not null)
        {
            _extra.Return(retry.BudgetPercent);
        }

        Interlocked.Decrement(ref _hedged);
    }

    /// <summary>Whether it is time to say that it is spent: not with each of the thousands of calls that find it so.</summary>
    public bool ShouldReport(TimeSpan at) => _reports.IsDue(at);

    private bool Count(bool isAllowed, ref long allowed)
    {
        Interlocked.Increment(ref isAllowed ? ref allowed : ref _denied);
        return isAllowed;
    }
}
