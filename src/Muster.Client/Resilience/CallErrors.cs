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

    public static ServiceCallException RegistrySilent(ServiceKey service, IServiceDirectory directory, TimeSpan waited) => new(
        ServiceCallError.RegistrySilent, service,
        $"Service '{service}' cannot be looked up: the registry has not answered within {Seconds(waited)} ({Contact(directory)}).");

    public static ServiceCallException NotAServiceName(ServiceKey service, Violation violation) => new(
        ServiceCallError.ServiceUnknown, service, $"The URI's host names no service: {violation}");

    public static ServiceCallException TooManyServices(ServiceKey service, int max) => new(
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
            return new ServiceCallException(ServiceCallError.ServiceUnknown, service,
                $"Service '{service}' is unknown to the registry: nobody has registered it ({Contact(directory)}).");
        }

        if (view.Instances.IsEmpty)
        {
            return new ServiceCallException(ServiceCallError.NoInstances, service,
                $"Service '{service}' is known, but has no instances ({Contact(directory)}).");
        }

        string[] reasons =
        [
            Statuses(view),
            Count(excluded.Mismatched, $"do not offer {demand}"),
            Count(excluded.Ejected, "set aside by their circuit breaker"),
            Count(excluded.Full, "have as many calls in flight as is allowed"),
        ];
        return new ServiceCallException(Cause(view, excluded), service,
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
    public static ServiceCallException AllFailed(ServiceView view, IReadOnlyList<FailedAttempt> attempts, IServiceDirectory directory)
    {
        var named = string.Join("; ", attempts.Take(NamedMax));
        var more = attempts.Count > NamedMax ? $"; and {attempts.Count - NamedMax} more" : "";
        var neverRan = attempts.All(a => a.Failure is AttemptFailure.ConnectFailed or AttemptFailure.NeverRan);
        return new ServiceCallException(ServiceCallError.AllFailed, view.Key,
            $"Service '{view.Key}' did not answer: {attempts.Count} of its {view.Instances.Length} instances tried, all failed: {named}{more} ({Contact(directory, view)}).",
            attempts[^1].Exception, neverRan ? HttpRequestError.ConnectionError : HttpRequestError.Unknown);
    }

    /// <summary>It may have run, so it was not sent again.</summary>
    public static ServiceCallException Broken(
        ServiceView view, FailedAttempt attempt, RetryVerdict verdict, IServiceDirectory directory) => new(
        ServiceCallError.Broken, view.Key,
        $"The call to service '{view.Key}' broke after it was sent to {attempt}. It was not sent again: {Why(verdict)} ({Contact(directory, view)}).",
        attempt.Exception, (attempt.Exception as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown);

    private static string Why(RetryVerdict verdict) => verdict switch
    {
        RetryVerdict.NotIdempotent => "it may have run, and neither its method nor an idempotency-key says that it may run twice",
        RetryVerdict.NotReplayable => "its content cannot be read a second time",
        RetryVerdict.TriedEnough => "it was tried as often as is allowed",
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
