using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol.V1;

namespace Muster.Client.Registration;

internal sealed partial class SessionStep
{
    /// <summary>A stream starts.</summary>
    public void OnOpened()
    {
        _phase = Phase.Opening;
        _isOpenSent = false;
        _isPinged = false;
        _over = null;
    }

    /// <summary>The stream is gone.</summary>
    /// <param name="wasUp">Whether the registry answered on it.</param>
    /// <param name="code">The status it ended with, if the registry or the transport ended it.</param>
    public void OnLost(bool wasUp, StatusCode? code)
    {
        if (_phase == Phase.Opening && code == StatusCode.NotFound)
        {
            _lease = 0;
        }

        if (!wasUp)
        {
            // The node that the session was sent to cannot be reached: back to the configured address.
            Address = null;
        }

        _phase = Phase.Closed;
        _inFlight.Clear();
        _reporting.Clear();
        foreach (var entry in _entries.ToArray())
        {
            entry.OnLost();
            _dirty.Add(entry);
            if (!EndIfTakenBack(entry))
            {
                _effects.Add(new SessionEffect.Lost(entry));
            }
        }
    }

    /// <summary>Takes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="now">The time.</param>
    /// <param name="detectedHost">With <see cref="Opened"/>: the address to advertise for instances that name none.</param>
    public void OnReceived(SessionResponse message, TimeSpan now, string? detectedHost)
    {
        _ = _inFlight.Remove(message.RequestId, out var request);
        if (request.Entry is { IsLive: false })
        {
            // It was asked for before an order ended the instance.
            return;
        }

        switch (message.ResponseCase)
        {
            case SessionResponse.ResponseOneofCase.Opened:
                OnOpened(message.Opened, now, detectedHost);
                break;
            case SessionResponse.ResponseOneofCase.Registered when request is { Kind: RequestKind.Register, Entry: { } entry }:
                entry.OnRegistered(request.IntentVersion);
                OnListed(entry, isNew: true);
                break;
            case SessionResponse.ResponseOneofCase.IntentSet when request is { Kind: RequestKind.SetIntent, Entry: { } entry }:
                entry.OnIntentSet(request.IntentVersion);
                ReportSilent(entry, message.IntentSet.Drain);
                OnListed(entry, isNew: false);
                break;
            case SessionResponse.ResponseOneofCase.Deregistered when request is { Kind: RequestKind.Deregister, Entry: { } entry }:
                End(entry, RegistrationState.Deregistered, null);
                break;
            case SessionResponse.ResponseOneofCase.Renewed:
                TakeTtl(message.Renewed.TtlMs);
                break;
            case SessionResponse.ResponseOneofCase.Fault:
                OnFault(message.Fault, request, now);
                break;
            default:
                OnOrder(message);
                if (request.Kind != RequestKind.None)
                {
                    _over = $"the registry answers {request.Kind} with {message.ResponseCase}";
                }

                break;
        }
    }

    private void OnOpened(Opened opened, TimeSpan now, string? detectedHost)
    {
        if (_phase != Phase.Opening)
        {
            return;
        }

        // A lease of another number is another lease, whatever the flag says.
        var isResumed = opened.Resumed && opened.LeaseId == _lease;
        // A store of another name was restored from a backup: it may know the lease, and not what was asked for under it since.
        var isSameStore = opened.StoreId == _storeId;
        _storeId = opened.StoreId;
        _phase = Phase.Open;
        _lease = opened.LeaseId;
        _detectedHost = detectedHost;
        TakeTtl(opened.TtlMs);
        _renewAt = now + RenewInterval;
        _reportedAt = TimeSpan.MinValue;
        foreach (var entry in _entries.ToArray())
        {
            entry.OnOpened(isResumed, isSameStore);
            if (detectedHost is not null)
            {
                entry.Detected(detectedHost, !isResumed);
            }

            _dirty.Add(entry);
            if (!EndIfTakenBack(entry) && entry.Known == SessionEntry.Standing.Listed)
            {
                OnListed(entry, isNew: false);
            }
        }
    }

    private void OnListed(SessionEntry entry, bool isNew)
    {
        _effects.Add(new SessionEffect.Listed(entry, entry.IntentVersionKnown, isNew));
        _dirty.Add(entry);
        if (IsReporting(entry))
        {
            _reporting.Add(entry);
        }
    }

    // One that has left, or that cannot acknowledge, is nothing to worry about: it is how many systems end.
    private void ReportSilent(SessionEntry entry, DrainOutcome? drain)
    {
        var silent = drain?.Laggards.Where(l => l.Why == DrainSilence.Silent).Select(l => l.Watcher).ToList() ?? [];
        if (silent.Count > 0)
        {
            _effects.Add(new SessionEffect.DrainUnheard(entry, string.Join(", ", silent)));
        }
    }

    private void OnFault(Fault fault, Request request, TimeSpan now)
    {
        var code = (StatusCode)fault.Code;
        switch (request.Kind)
        {
            case RequestKind.Register when code is StatusCode.InvalidArgument or StatusCode.OutOfRange:
                End(request.Entry!, RegistrationState.Refused, fault.Message);
                break;
            case RequestKind.Deregister when code is StatusCode.NotFound or StatusCode.FailedPrecondition:
                // It is not there, or not ours: nothing is left to take back.
                End(request.Entry!, RegistrationState.Deregistered, null);
                break;
            case RequestKind.Register or RequestKind.SetIntent or RequestKind.Deregister:
                OnRefused(request, code, fault.Message, now);
                break;
            case RequestKind.Open or RequestKind.None or RequestKind.Renew when code == StatusCode.NotFound:
                ForgetLease(fault.Message);
                break;
            case RequestKind.Open:
                _over = $"{code}: {fault.Message}";
                break;
            default:
                // The lease runs on, and so does the session: the next heartbeat may do better.
                _effects.Add(new SessionEffect.SessionRefused(code, fault.Message));
                break;
        }
    }

    private void OnRefused(Request request, StatusCode code, string reason, TimeSpan now)
    {
        var entry = request.Entry!;
        var isGone = code == StatusCode.NotFound;
        entry.OnRefused(now, isGone || (request.Kind == RequestKind.Register && code == StatusCode.AlreadyExists));
        if (EndIfTakenBack(entry))
        {
            return;
        }

        _dirty.Add(entry);
        _effects.Add(new SessionEffect.Retried(entry, code, reason));
        if (isGone && request.Kind == RequestKind.Register)
        {
            // An instance that is to be added cannot be missing: the lease is.
            ForgetLease(reason);
        }
    }

    private void ForgetLease(string reason)
    {
        _lease = 0;
        _over = $"the lease is gone ({reason})";
    }

    /// <summary>Takes what the registry says unasked.</summary>
    private void OnOrder(SessionResponse message)
    {
        switch (message.ResponseCase)
        {
            case SessionResponse.ResponseOneofCase.Superseded when Find(message.Superseded.InstanceId) is { } entry:
                End(entry, RegistrationState.Superseded, $"instance '{message.Superseded.ByInstanceId}' took its place");
                break;
            case SessionResponse.ResponseOneofCase.RemovedByOperator when Find(message.RemovedByOperator.InstanceId) is { } entry:
                End(entry, RegistrationState.RemovedByOperator, message.RemovedByOperator.Reason);
                break;
            case SessionResponse.ResponseOneofCase.DrainRequested when Find(message.DrainRequested.InstanceId) is { } entry:
                _effects.Add(new SessionEffect.DrainRequested(entry, message.DrainRequested.Reason));
                break;
            case SessionResponse.ResponseOneofCase.Ping:
                // Before anything else goes out: who asks waits for half a second, and then takes this process for dead.
                _isPinged = true;
                break;
            case SessionResponse.ResponseOneofCase.MoveTo when HostPort.TryParse(message.MoveTo.Address, out var to, out _) && to.Port is not null:
                Address = message.MoveTo.Address;
                _over = $"the registry sends this session to {Address}";
                break;
        }
    }

    private void TakeTtl(uint milliseconds)
    {
        if (InstanceValidator.ValidateTtl(milliseconds, out var ttl) is null)
        {
            _ttl = ttl;
        }
    }

    private SessionEntry? Find(string instanceId) => _entries.Find(e => e.InstanceId == instanceId);

    /// <summary>Ends an entry that its owner took back, if the registry is known to have nothing of it.</summary>
    private bool EndIfTakenBack(SessionEntry entry)
    {
        if (entry is not { IsWanted: false, IsBusy: false, Known: SessionEntry.Standing.Absent })
        {
            return false;
        }

        End(entry, RegistrationState.Deregistered, null);
        return true;
    }

    private void End(SessionEntry entry, RegistrationState state, string? reason)
    {
        entry.IsLive = false;
        _entries.Remove(entry);
        _dirty.Remove(entry);
        _reporting.Remove(entry);
        _effects.Add(new SessionEffect.Ended(entry, state, reason));
        if (_entries.Count == 0)
        {
            // The registry drops a lease with its last instance. One that is added now gets a new lease on a new stream.
            _lease = 0;
            _over = "nothing is announced any more";
        }
    }
}
