using System.Globalization;
using Muster.Client.Connection;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Intent = Muster.Core.Model.Intent;

namespace Muster.Client.Registration;

/// <summary>One instance of a session: what its owner wants, what the registry is known to have, and so what to send next.</summary>
/// <remarks>Changed under the session's lock only; <see cref="Host"/> may be read without.</remarks>
internal sealed class SessionEntry(RegistrationOptions options, string instanceId, Backoff backoff)
{
    /// <summary>How long the answer to a drain waits for callers to acknowledge. They take milliseconds; one that has stalled must
    /// not use up the two seconds that an app gives the registry when it stops.</summary>
    internal static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(1.5);

    private volatile string? _host = options.Host;

    /// <summary>What the registry is known to have of an instance.</summary>
    public enum Standing
    {
        /// <summary>Nothing: it never had it, or the lease lapsed.</summary>
        Absent,

        /// <summary>An announcement went unanswered: it may have it.</summary>
        Unsure,

        /// <summary>It has it, under this session's lease.</summary>
        Listed,
    }

    public RegistrationOptions Options => options;

    public string InstanceId => instanceId;

    public string Service => $"{ServiceKey.Of(options.Namespace, options.Service)}";

    /// <summary>The advertised host; null until it was detected.</summary>
    public string? Host => _host;

    public Standing Known { get; private set; }

    /// <summary>Whether the session keeps it: false before it was added and after it has ended.</summary>
    public bool IsLive { get; set; }

    /// <summary>False once its owner takes it back.</summary>
    public bool IsWanted { get; private set; } = true;

    public Intent Intent { get; private set; }

    /// <summary>Counts what was wanted, so that an acknowledgement says how much of it has arrived.</summary>
    public int IntentVersion { get; private set; }

    /// <summary>The version that the registry has; less than <see cref="IntentVersion"/> while a wish is on its way.</summary>
    public int IntentVersionKnown { get; private set; }

    /// <summary>Nothing is sent for it before; null may go at once.</summary>
    public TimeSpan? RetryAt { get; private set; }

    /// <summary>Whether a request waits for its answer: there is one at a time, so that answers need no order.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>What to send next; none if all is as wanted, or waits.</summary>
    public RequestKind Next => (IsWanted, Known) switch
    {
        _ when IsBusy => RequestKind.None,
        (false, Standing.Absent) => RequestKind.None,
        (false, _) => RequestKind.Deregister,
        (true, not Standing.Listed) => _host is null ? RequestKind.None : RequestKind.Register,
        _ => IntentVersionKnown == IntentVersion ? RequestKind.None : RequestKind.SetIntent,
    };

    public void Want(Intent intent)
    {
        Intent = intent;
        IntentVersion++;
        RetryAt = null;
    }

    public void Unwant()
    {
        IsWanted = false;
        RetryAt = null;
    }

    /// <summary>Takes the address that was detected, where its owner gave none.</summary>
    /// <param name="host">The address.</param>
    /// <param name="isNewLease">Whether the registry has nothing of this instance: then a changed address may replace the old.</param>
    public void Detected(string host, bool isNewLease)
    {
        if (options.Host is null && (isNewLease || _host is null))
        {
            _host = host;
        }
    }

    /// <summary>The session goes on under its lease, or under a new one that holds nothing yet.</summary>
    public void OnOpened(bool isResumed, bool isSameStore)
    {
        RetryAt = null;
        if (!isResumed)
        {
            Known = Standing.Absent;
        }
        else if (!isSameStore)
        {
            Known = Standing.Unsure;
        }
    }

    public void OnLost()
    {
        IsBusy = false;
        RetryAt = null;
    }

    /// <summary>Writes the next request.</summary>
    public SessionRequest Take(ulong requestId, ulong lease)
    {
        var message = new SessionRequest { RequestId = requestId };
        switch (Next)
        {
            case RequestKind.Register:
                // Until the answer is here, the registry may have it or not.
                Known = Standing.Unsure;
                message.Register = new RegisterRequest { Instance = ToWire(), LeaseId = lease };
                break;
            case RequestKind.SetIntent:
                message.SetIntent = new SetIntentRequest
                {
                    Namespace = options.Namespace, Service = options.Service, InstanceId = instanceId, LeaseId = lease, Intent = Intent.ToWire(),
                    AwaitWatchersMs = Intent == Intent.Draining ? (uint)DrainPatience.TotalMilliseconds : 0,
                };
                break;
            default:
                message.Deregister = new DeregisterRequest
                {
                    Namespace = options.Namespace, Service = options.Service, InstanceId = instanceId, LeaseId = lease,
                };
                break;
        }

        IsBusy = true;
        return message;
    }

    /// <summary>The registry has the instance, with the intent of that version.</summary>
    public void OnRegistered(int intentVersion)
    {
        OnAnswered();
        Known = Standing.Listed;
        IntentVersionKnown = intentVersion;
    }

    public void OnIntentSet(int intentVersion)
    {
        OnAnswered();
        IntentVersionKnown = intentVersion;
    }

    /// <summary>A request failed and is tried again later.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isGone">Whether the answer shows that the registry has nothing of this instance.</param>
    public void OnRefused(TimeSpan now, bool isGone)
    {
        IsBusy = false;
        RetryAt = now + backoff.Next();
        if (isGone)
        {
            Known = Standing.Absent;
        }
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Service}/{instanceId} at {(_host is null ? "an address not known yet" : Address)}");

    /// <summary>The advertised <c>host:port</c>; null until it is known.</summary>
    public string? Address => _host is { } host ? HostPort.Format(host, options.Endpoints[0].Port) : null;

    private void OnAnswered()
    {
        IsBusy = false;
        RetryAt = null;
        backoff.Reset();
    }

    private Instance ToWire() => RegistrationRecord.Create(options, instanceId, _host!, Intent).ToWire();
}
