using System.Globalization;
using Muster.Client.Discovery;
using Muster.Client.Picking;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Resilience;

/// <summary>Words the errors of calls, each so that its reader knows which of the causes it was.</summary>
internal static class CallErrors
{
    /// <summary>Instances that one message names; more are counted.</summary>
    private const int NamedMax = 8;

    public static ServiceCallException RegistrySilent(ServiceKey service, IServiceDirectory directory, TimeSpan waited) => Make(
        ServiceCallError.RegistrySilent, service,
        $"Service '{service}' cannot be looked up: the registry has not answered within {Seconds(waited)} ({Contact(directory)}).");

    public static ServiceCallException NotAServiceName(ServiceKey service, Violation violation) => Make(
        ServiceCallError.ServiceUnknown, service, $"The URI's host names no service: {violation}");

    public static ServiceCallException TooManyServices(ServiceKey service, int max) => Make(
        ServiceCallError.RegistrySilent, service,
        $"Service '{service}' cannot be looked up: this client watches {max} services already, which is its limit.");

    /// <summary>No instance can be picked, and none was tried.</summary>
    /// <param name="view">The service as it is known.</param>
    /// <param name="excluded">Who was left out, and why.</param>
    /// <param name="demand">What the options ask for, in words.</param>
    /// <param name="directory">Where the view comes from.</param>
    public static ServiceCallException NothingToPick(ServiceView view, Exclusions excluded, string demand, IServiceDirectory directory)
    {
        var service = view.Key;
        if (view.Knowledge == ServiceKnowledge.Unknown)
        {
            return Make(ServiceCallError.ServiceUnknown, service,
                $"Service '{service}' is unknown to the registry: nobody has registered it ({Contact(directory)}).");
        }

        if (view.Instances.IsEmpty)
        {
            return Make(ServiceCallError.NoInstances, service,
                $"Service '{service}' is known, but has no instances ({Contact(directory)}).");
        }

        string[] reasons =
        [
            Statuses(view),
            Count(excluded.Mismatched, $"do not offer {demand}"),
            Count(excluded.Ejected, "set aside by their circuit breaker"),
            Count(excluded.Full, "have as many calls in flight as is allowed"),
        ];
        return Make(Cause(view, excluded), service,
            $"None of the {view.Instances.Length} instances of service '{service}' can be called: {string.Join("; ", reasons.Where(r => r.Length > 0))} ({Contact(directory, view)}).");
    }

    private static ServiceCallError Cause(ServiceView view, Exclusions excluded)
    {
        if (excluded.Full > 0)
        {
            return ServiceCallError.AllBusy;
        }

        if (excluded.Ejected > 0)
        {
            return ServiceCallError.AllEjected;
        }

        return excluded.Mismatched == 0 && view.Instances.All(i => i.Status is InstanceStatus.Draining or InstanceStatus.Out)
            ? ServiceCallError.AllDraining
            : ServiceCallError.NoneEligible;
    }

    private static string Count(int count, string what) =>
        count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} {what}");

    /// <summary>What could be tried was tried.</summary>
    /// <param name="view">The service as it is known.</param>
    /// <param name="attempts">The attempts, all of which failed.</param>
    /// <param name="verdict">Why there is not one more.</param>
    /// <param name="retry">The retries' options; null if they are off.</param>
    /// <param name="directory">Where the view comes from.</param>
    public static ServiceCallException Failed(
        ServiceView view, IReadOnlyList<FailedAttempt> attempts, RetryVerdict verdict, RetryOptions? retry, IServiceDirectory directory)
    {
        var (last, why, contact) = (attempts[^1], Why(verdict, retry), Contact(directory, view));
        var isOne = attempts.Count == 1 && last.Failure is not (AttemptFailure.ConnectFailed or AttemptFailure.NoTurn);
        var cause = verdict == RetryVerdict.OutOfBudget ? ServiceCallError.OutOfBudget
            : isOne ? ServiceCallError.Broken
            : ServiceCallError.AllFailed;
        if (isOne)
        {
            return Make(
                cause, view.Key,
                $"The call to service '{view.Key}' broke after it was sent to {last}. It was not sent again: {why} ({contact}).",
                last.Exception, (last.Exception as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown);
        }

        var named = string.Join("; ", attempts.Take(NamedMax));
        var more = attempts.Count > NamedMax ? $"; and {attempts.Count - NamedMax} more" : "";
        var neverRan = attempts.All(
            a => a.Failure is AttemptFailure.ConnectFailed or AttemptFailure.NoTurn or AttemptFailure.NeverRan);
        return Make(
            cause, view.Key,
            $"Service '{view.Key}' did not answer: {attempts.Count} of its {view.Instances.Length} instances tried, all failed: {named}{more}. No further one was tried: {why} ({contact}).",
            last.Exception, neverRan ? HttpRequestError.ConnectionError : HttpRequestError.Unknown);
    }

    /// <summary>The page that says what to do about an error, from the repository's root.</summary>
    public static string PageOf(ServiceCallError error) => error switch
    {
        ServiceCallError.RegistrySilent => "docs/problems/registry-silent.md",
        ServiceCallError.ServiceUnknown => "docs/problems/service-unknown.md",
        ServiceCallError.NoInstances => "docs/problems/no-instances.md",
        ServiceCallError.NoneEligible => "docs/problems/none-eligible.md",
        ServiceCallError.AllDraining => "docs/problems/all-draining.md",
        ServiceCallError.AllEjected => "docs/problems/all-ejected.md",
        ServiceCallError.AllBusy => "docs/problems/all-busy.md",
        ServiceCallError.OutOfBudget => "docs/problems/retry-budget.md",
        _ => "docs/problems/call-failed.md",
    };

    private static ServiceCallException Make(
        ServiceCallError error, ServiceKey service, string sentence, Exception? inner = null,
        HttpRequestError transport = HttpRequestError.ConnectionError) =>
        new(error, service, $"{sentence} See {PageOf(error)}", inner, transport) { HelpLink = PageOf(error) };

    private static string Why(RetryVerdict verdict, RetryOptions? retry) => verdict switch
    {
        RetryVerdict.NotIdempotent => "it may have run, and neither its method nor an idempotency-key says that it may run twice",
        RetryVerdict.NotReplayable => "its content cannot be read a second time",
        RetryVerdict.TriedEnough => "it was tried as often as is allowed",
        RetryVerdict.Off => "retries are switched off",
        RetryVerdict.OthersSetAside => "the others are set aside, having failed a moment ago",
        RetryVerdict.PushedBack => "the instance asked for no other try, or not so soon",
        RetryVerdict.PastDeadline => "the call's deadline would have passed by then",
        RetryVerdict.OutOfBudget => string.Create(
            CultureInfo.InvariantCulture,
            $"so many calls of the service fail that its retry budget, {retry?.BudgetPercent} % of its calls, is spent"),
        _ => "there is no other instance",
    };

    private static string Statuses(ServiceView view) => string.Join(", ", view.Instances
        .GroupBy(i => i.Status)
        .OrderBy(g => g.Key)
        .Select(g => $"{g.Count()} {g.Key.ToString().ToUpperInvariant()}"));

    private static string Contact(IServiceDirectory directory, ServiceView view) => view.DiskAge is { } age
        ? $"{Contact(directory)}: read from disk, where it was kept {Seconds(age)} before this program asked"
        : Contact(directory);

    private static string Contact(IServiceDirectory directory)
    {
        var heard = directory.SinceLastContact is { } since ? $"registry last heard {Seconds(since)} ago" : "registry never heard";
        return directory.IsStale ? $"{heard}, what is known of it is stale" : heard;
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
