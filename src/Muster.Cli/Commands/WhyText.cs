using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Intent = Muster.Protocol.V1.Intent;
using RemovalReason = Muster.Protocol.V1.RemovalReason;

namespace Muster.Cli.Commands;

/// <summary>Explains an instance in sentences for somebody who was asleep when it happened.</summary>
/// <param name="of">What the registry knows.</param>
/// <param name="now">The registry's clock.</param>
internal sealed class WhyText(Explanation of, DateTimeOffset now)
{
    /// <summary>Its status; null if it is not listed.</summary>
    public InstanceStatus? Status
    {
        get
        {
            if (of.Listed is null)
            {
                return null;
            }

            var soft = of.Listed.Soft.ToCore(TimeSpan.Zero);
            return InstanceStatuses.Derive(of.Listed.Instance.Intent.ToCore(), soft.Liveness, soft.Health);
        }
    }

    /// <summary>The sentences, the most important first.</summary>
    public IEnumerable<string> Sentences() => Told().Concat(CallsText.Sentences(of.Calls)).Concat(of.Listed?.Soft.DampedMs is > 0 and var damped
        ? [$"It came and went too often: lost {Limits.FlapLossesMax} times within {Times.Span(Limits.FlapWindow)}. For another {Span(damped)} it is DEGRADED at best, so that callers prefer others."]
        : []);

    private IEnumerable<string> Told()
    {
        var service = ServiceArgument.Name(of);
        if (Status is { } status)
        {
            yield return $"{of.InstanceId} of service {service} is listed, and is {status.ToString().ToUpperInvariant()}.";
            foreach (var sentence in WhyStatus(status))
            {
                yield return sentence;
            }
        }
        else if (of.Removals is [var last, ..])
        {
            yield return $"{of.InstanceId} of service {service} left {Times.Ago(Times.FromUnix(last.AtUnixMs), now)}.";
            yield return Meaning(last.Reason);
            yield return $"Evidence at that time: {last.Evidence}.";
            yield return $"It was at {last.Address}.";
        }
        else
        {
            yield return $"{of.InstanceId} of service {service} is not listed, and why it left is not remembered.";
        }

        if (of.Hold is { } hold && of.Listed is null)
        {
            yield return $"If it comes back, it will be {Name(hold.Intent)}: {Asked(hold)}. Only an operator ends that: ./muster in {of.InstanceId}";
        }
    }

    /// <summary>What a reason means, in a sentence.</summary>
    public static string Meaning(RemovalReason reason) => reason switch
    {
        RemovalReason.Deregistered =>
            "It left by itself: its owner deregistered it, as a process does that is stopped cleanly (SIGTERM, Ctrl-C).",
        RemovalReason.ConnectionLost =>
            "Its connection broke and did not come back within its TTL: the process was killed or crashed (kill -9, out of memory) or hung for long, or its machine or network went away.",
        RemovalReason.Expired =>
            "It fell silent: no heartbeat came for its whole TTL, and no connection was seen to break. The process hangs or is paused, or the network swallows what it sends.",
        RemovalReason.Superseded => "Another registration took its place, and it gave no sign of life then. If its process still runs, it is told so, and does not come back by itself.",
        RemovalReason.Operator => "An operator removed it. If its process still runs, it is told so, and does not come back by itself.",
        RemovalReason.CheckFailed => "Its active check failed for as long as it was registered to allow. It comes back when it is registered again.",
        _ => "The reason is not known to this program; a newer one may know it.",
    };

    private IEnumerable<string> WhyStatus(InstanceStatus status) => status switch
    {
        InstanceStatus.Out when of.Hold is { Intent: Intent.Out } hold =>
            [$"{Capital(Asked(hold))}.", $"It stays out, whatever its owner announces, until an operator says: ./muster in {of.InstanceId}"],
        InstanceStatus.Out => ["Its owner took it out (a sample does so with the key u). Only its owner brings it back."],
        InstanceStatus.Draining when IsOwner(Intent.Draining) =>
            ["Its owner announced that it drains: it finishes the calls that it has, and leaves by itself."],
        InstanceStatus.Draining when of.Hold is { } hold =>
            [$"{Capital(Asked(hold))}.", $"It finishes the calls that it has and gets no new ones, until an operator says: ./muster in {of.InstanceId}"],
        InstanceStatus.Timeout => [$"{Signs()} It may be dead, or out of touch: callers prefer others.", Deadline()],
        InstanceStatus.Unhealthy or InstanceStatus.Degraded or InstanceStatus.Healthy or InstanceStatus.Unknown
            when of.Listed.Instance.Check is { } check => Checked(status, check),
        InstanceStatus.Unhealthy => ["It says of itself that it cannot serve.", Signs()],
        InstanceStatus.Degraded when of.Listed.Soft.DampedMs > 0 => [Signs()],
        InstanceStatus.Degraded => ["It says of itself that something is amiss, and still serves.", Signs()],
        InstanceStatus.Healthy => [Signs()],
        _ => [Signs(), Deadline()],
    };

    private IEnumerable<string> Checked(InstanceStatus status, Check check)
    {
        yield return $"No heartbeats are expected of it: the registry checks it, {CheckText.Of(check)}.";
        yield return CheckText.Of(of.Listed.Check);
        yield return status switch
        {
            InstanceStatus.Unhealthy when check.RemoveAfterMs > 0 => $"It is removed once it has failed for {Span(check.RemoveAfterMs)}.",
            InstanceStatus.Unhealthy => $"It stays listed, without calls, until its check succeeds {check.Rise} times in a row, or it is taken off: ./muster remove {of.InstanceId}",
            _ => "",
        };
    }

    private bool IsOwner(Intent intent) =>
        (of.Listed.Instance.HasOwnerIntent ? of.Listed.Instance.OwnerIntent : of.Listed.Instance.Intent) == intent;

    private string Signs()
    {
        if (of.Signs is not { } signs)
        {
            return "Its lease does not run on this node.";
        }

        if (!signs.IsHeard)
        {
            return $"Nothing was heard of it in the {Span(signs.SinceRenewalMs)} since this registry node started (TTL {Span(signs.TtlMs)}).";
        }

        var client = signs.Client.Length == 0 ? "" : $" Its provider calls itself '{signs.Client}'.";
        var stream = signs switch
        {
            { HasStream: true } => "its session stream is open",
            { HasSinceStreamLostMs: true } => $"its session stream broke {Span(signs.SinceStreamLostMs)} ago",
            _ => "it keeps no session stream",
        };
        return $"Its last heartbeat came {Span(signs.SinceRenewalMs)} ago (TTL {Span(signs.TtlMs)}), and {stream}.{client}";
    }

    private string Deadline() => of is { IsGuarded: true, Signs: { HasSinceStreamLostMs: false } }
        ? "Many fell silent at the same time, so the network is the likelier cause: the mass-expiry guard keeps it listed (./muster guard)."
        : of.Signs is { } signs
        ? $"Unless it is heard from, it is removed in {Span(signs.TtlMs - Math.Min(signs.TtlMs, signs.SinceRenewalMs))}."
        : "";

    private string Asked(OperatorHold hold) => $"{hold.By} asked for {Name(hold.Intent)} {Times.Ago(Times.FromUnix(hold.AtUnixMs), now)}";

    private static string Span(uint milliseconds) => Times.Span(TimeSpan.FromMilliseconds(milliseconds));

    private static string Name(Intent intent) => intent.ToCore().ToString().ToUpperInvariant();

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
