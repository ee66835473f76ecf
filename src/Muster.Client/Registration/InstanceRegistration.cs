using Muster.Core.Model;

namespace Muster.Client.Registration;

/// <summary>An announced instance. Dispose takes it back.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class InstanceRegistration : IAsyncDisposable
{
    /// <summary>How long a disposal waits for the registry: without it a process could not end while the registry is away.
    /// The TTL then does what was not acknowledged.</summary>
    internal static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(2);

    private readonly RegistrationSession _session;
    private readonly SessionEntry _entry;

    // Guards the fields below: the session's answers write them one after the other, any thread reads them.
    private readonly Lock _lock = new();
    private RegistrationState _state;
    private string? _lastError;
    private int _intentVersionKnown;
    private TimeSpan? _deregisterSince;

    // Completed and replaced at each change, so that any number of waiters costs one object.
    private TaskCompletionSource _changed = NewChange();

    internal InstanceRegistration(RegistrationSession session, SessionEntry entry)
    {
        _session = session;
        _entry = entry;
    }

    /// <summary>Fires when <see cref="State"/> changes. Handlers must not block.</summary>
    public event Action<RegistrationState>? StateChanged;

    /// <summary>Fires when an operator has announced that the instance drains: callers no longer choose it, until an operator lets it
    /// in again. Nothing has to be done; the app may end. Handlers must not block.</summary>
    public event Action? DrainRequested;

    /// <summary>The service, with its namespace unless that is the default one.</summary>
    public string Service => _entry.Service;

    /// <summary>The instance's id, fixed from the start.</summary>
    public string InstanceId => _entry.InstanceId;

    /// <summary>The advertised <c>host:port</c>; null until the address is known.</summary>
    public string? Address => _entry.Address;

    /// <summary>Where the announcement stands.</summary>
    public RegistrationState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>What the registry said last when it refused; null if it did not.</summary>
    public string? LastError
    {
        get
        {
            lock (_lock)
            {
                return _lastError;
            }
        }
    }

    /// <summary>What this process wants of the instance. An operator may want more: see the registry's answer.</summary>
    public Intent Intent => _session.IntentOf(_entry);

    /// <summary>Completes once the registry has acknowledged the announcement, at once if it has and is in touch.</summary>
    /// <exception cref="InvalidOperationException">The state became final otherwise; the message says why.</exception>
    public Task WaitRegisteredAsync(CancellationToken cancellationToken) =>
        WaitAsync(static r => r._state == RegistrationState.Registered, cancellationToken);

    /// <summary>Takes the instance out, puts it back, or announces that it drains; completes when the registry has
    /// acknowledged, for a drain also the callers (those that stay silent are waited for at most 1.5 s). Remembered over
    /// reconnects.</summary>
    /// <remarks>Cancelling ends the wait, not the wish.</remarks>
    /// <exception cref="InvalidOperationException">The state is final; the message says why.</exception>
    public Task SetIntentAsync(Intent intent, CancellationToken cancellationToken)
    {
        var version = _session.SetIntent(_entry, intent);
        return WaitAsync(r => r._intentVersionKnown >= version && r._state == RegistrationState.Registered, cancellationToken);
    }

    /// <summary>Sends load and health now instead of with the next heartbeat. Cheap: reports within 50 ms merge.</summary>
    public void ReportSoon() => _session.ReportSoon(_entry);

    /// <summary>Takes the announcement back; completes when the registry has acknowledged or the token fires.</summary>
    /// <remarks>Does nothing if the state is final. Cancelling ends the wait, not the wish: it is tried for as long as the
    /// client lives.</remarks>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task DeregisterAsync(CancellationToken cancellationToken)
    {
        _ = Withdraw();
        return WaitAsync(static r => IsFinal(r._state), cancellationToken);
    }

    /// <summary>Takes the announcement back, but waits for the registry only until 2 s after this was first asked for: what it
    /// did not acknowledge ends with its TTL.</summary>
    public async ValueTask DisposeAsync()
    {
        var left = DisposeTimeout - Withdraw();
        using var timeout = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, _session.TimeProvider);
        try
        {
            await WaitAsync(static r => IsFinal(r._state), timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            // The registry is away.
        }
    }

    /// <summary>Takes what an answer means. Called for one answer after the other.</summary>
    internal void On(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.Listed listed:
                Change(RegistrationState.Registered, null, listed.IntentVersion);
                break;
            case SessionEffect.Lost:
                Change(RegistrationState.Pending, null, null);
                break;
            case SessionEffect.Retried retried:
                Change(null, $"{retried.Code}: {retried.Reason}", null);
                break;
            case SessionEffect.Ended ended:
                Change(ended.State, ended.Reason, null);
                break;
            case SessionEffect.DrainRequested:
                DrainRequested?.Invoke();
                break;
        }
    }

    /// <returns>How long ago it was first asked for.</returns>
    private TimeSpan Withdraw()
    {
        var now = _session.TimeProvider.Now();
        TimeSpan since;
        lock (_lock)
        {
            _deregisterSince ??= now;
            since = now - _deregisterSince.Value;
        }

        _session.Deregister(_entry);
        return since;
    }

    private static bool IsFinal(RegistrationState state) =>
        state is not (RegistrationState.Pending or RegistrationState.Registered);

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Change(RegistrationState? state, string? error, int? intentVersion)
    {
        TaskCompletionSource done;
        bool hasChanged;
        lock (_lock)
        {
            hasChanged = state is { } next && next != _state;
            _state = state ?? _state;
            _lastError = error ?? (state == RegistrationState.Registered ? null : _lastError);
            _intentVersionKnown = intentVersion ?? _intentVersionKnown;
            done = _changed;
            _changed = NewChange();
        }

        done.SetResult();
        if (hasChanged)
        {
            StateChanged?.Invoke(state!.Value);
        }
    }

    private async Task WaitAsync(Func<InstanceRegistration, bool> isReached, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (isReached(this))
                {
                    return;
                }

                if (IsFinal(_state))
                {
                    throw new InvalidOperationException(
                        $"Instance '{InstanceId}' of '{Service}' is {_state}, which is final{(_lastError is null ? "." : $": {_lastError}")}");
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
