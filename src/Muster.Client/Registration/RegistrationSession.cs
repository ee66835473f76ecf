using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Muster.Client.Connection;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Health = Muster.Core.Model.Health;
using Intent = Muster.Core.Model.Intent;

namespace Muster.Client.Registration;

/// <summary>Keeps all announcements of a client over one stream and one lease.</summary>
internal sealed partial class RegistrationSession : IStreamDriver<SessionRequest, SessionResponse>, IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly Func<IPAddress?, bool, string> _detect;
    private readonly StreamLoop<SessionRequest, SessionResponse> _loop;
    private readonly CancellationTokenSource _disposed = new();

    // Guards the step and what stands below it. Held for one step only, and never while application code runs.
    private readonly Lock _lock = new();
    private readonly SessionStep _step;
    private readonly Dictionary<SessionEntry, InstanceRegistration> _registrations = [];
    private Task? _running;

    // Effects in the order in which the step produced them (enqueued under the lock), handed out by one thread at a time:
    // without it, thread A could report "deregistered" and thread B, still at an older effect, "registered" after it.
    private readonly ConcurrentQueue<SessionEffect> _effects = [];
    private int _dispatching;
    private RegistryChannel? _channel;

    public RegistrationSession(
        RegistryChannels channels, MusterClientOptions options, string clientName, Random random, ILogger logger,
        Func<IPAddress?, bool, string>? detect = null)
    {
        _time = options.TimeProvider;
        _random = random;
        _logger = logger;
        _detect = detect ?? AddressDetection.Detect;
        _step = new SessionStep(clientName);
        _loop = new StreamLoop<SessionRequest, SessionResponse>(
            RegistryMethods.Session, this, channels, options, random, logger);
    }

    public TimeProvider TimeProvider => _time;

    bool IStreamDriver<SessionRequest, SessionResponse>.IsWanted => Locked(static s => s._step.IsWanted);

    string? IStreamDriver<SessionRequest, SessionResponse>.Address => Locked(static s => s._step.Address);

    TimeSpan IStreamDriver<SessionRequest, SessionResponse>.FirstDelayMax => Locked(static s => s._step.FirstDelayMax);

    TimeSpan? IStreamDriver<SessionRequest, SessionResponse>.WakeAt => Locked(static s => s._step.WakeAt(s._time.Now()));

    string? IStreamDriver<SessionRequest, SessionResponse>.IsOver => Locked(static s => s._step.CheckOver(s._time.Now()));

    /// <exception cref="ArgumentException">An option is out of its range, or the id is taken in this client.</exception>
    public InstanceRegistration Register(RegistrationOptions options)
    {
        InstanceRegistration registration;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, typeof(MusterClient));
            var id = options.InstanceId ?? RegistrationRecord.NewId(options.Service, Environment.MachineName, _random);
            RegistrationRecord.Validate(options, id);

            // The registry's orders name the instance by its id alone; and requests of one session may overtake each other, so
            // an id must be free before it is announced again.
            if (_step.Entries.Any(e => e.InstanceId == id))
            {
                throw new ArgumentException(
                    $"id is '{id}': this client announces another instance under it, or has not heard yet that it was taken back.",
                    nameof(options));
            }

            var entry = new SessionEntry(options, id, new Backoff(_random));
            registration = new InstanceRegistration(this, entry);
            _registrations.Add(entry, registration);
            _step.Add(entry);
            _running ??= Task.Run(() => _loop.RunAsync(_disposed.Token));
        }

        _loop.Wake();
        return registration;
    }

    public Intent IntentOf(SessionEntry entry)
    {
        lock (_lock)
        {
            return entry.Intent;
        }
    }

    public int SetIntent(SessionEntry entry, Intent intent)
    {
        int version;
        lock (_lock)
        {
            version = _step.SetIntent(entry, intent);
        }

        _loop.Wake();
        return version;
    }

    public void Deregister(SessionEntry entry) => Do(s => s._step.Deregister(entry));

    public void ReportSoon(SessionEntry entry)
    {
        bool isNew;
        lock (_lock)
        {
            isNew = _step.ReportSoon(entry);
        }

        // Busy servers ask after each request: only the first in an interval is worth a wake-up.
        if (isNew)
        {
            _loop.Wake();
        }
    }

    public async ValueTask DisposeAsync()
    {
        InstanceRegistration[] registrations;
        lock (_lock)
        {
            registrations = [.. _registrations.Values];
        }

        await Task.WhenAll(registrations.Select(r => r.DisposeAsync().AsTask())).ConfigureAwait(false);
        Task? running;
        lock (_lock)
        {
            _disposed.Cancel();
            running = _running;
        }

        if (running is not null)
        {
            await running.ConfigureAwait(false);
        }

        _loop.Dispose();
        _disposed.Dispose();
    }

    void IStreamDriver<SessionRequest, SessionResponse>.OnOpened(RegistryChannel channel)
    {
        _channel = channel;
        Do(static s => s._step.OnOpened());
    }

    void IStreamDriver<SessionRequest, SessionResponse>.OnReceived(SessionResponse message)
    {
        var host = message.Opened is { } opened ? _detect(_channel?.LocalAddress, opened.ListensBeyondLoopback) : null;
        Do(s => s._step.OnReceived(message, s._time.Now(), host));
    }

    void IStreamDriver<SessionRequest, SessionResponse>.OnLost(bool wasUp, StatusCode? code) =>
        Do(s => s._step.OnLost(wasUp, code));

    SessionRequest? IStreamDriver<SessionRequest, SessionResponse>.TakeNext()
    {
        SessionSend? next;
        lock (_lock)
        {
            next = _step.TakeNext(_time.Now());
        }

        if (next is not { } send)
        {
            return null;
        }

        foreach (var entry in send.Reporting)
        {
            Fill(send.Message, entry);
        }

        return send.Message;
    }

    bool IStreamDriver<SessionRequest, SessionResponse>.TakeUrgency() => Locked(static s => s._step.TakeUrgency());

    private T Locked<T>(Func<RegistrationSession, T> read)
    {
        lock (_lock)
        {
            return read(this);
        }
    }

    private void Do(Action<RegistrationSession> step)
    {
        lock (_lock)
        {
            step(this);
            foreach (var effect in _step.TakeEffects())
            {
                _effects.Enqueue(effect);
            }
        }

        _loop.Wake();
        Dispatch();
    }

    private void Dispatch()
    {
        // Whoever comes first hands out until nothing is left; the others leave it their effects.
        if (Interlocked.Increment(ref _dispatching) != 1)
        {
            return;
        }

        var seen = 1;
        do
        {
            while (_effects.TryDequeue(out var effect))
            {
                Handle(effect);
            }
        }
        while ((seen = Interlocked.Add(ref _dispatching, -seen)) != 0);
    }

    private void Handle(SessionEffect effect)
    {
        var registration = effect switch
        {
            SessionEffect.Listed e => Find(e.Entry),
            SessionEffect.Lost e => Find(e.Entry),
            SessionEffect.Retried e => Find(e.Entry),
            SessionEffect.DrainRequested e => Find(e.Entry),
            SessionEffect.Ended e => Forget(e.Entry),
            _ => null,
        };
        Report(effect);
        try
        {
            registration?.On(effect);
        }
        catch (Exception e)
        {
            LogHandlerFailed(registration!.InstanceId, e);
        }
    }

    private InstanceRegistration? Find(SessionEntry entry)
    {
        lock (_lock)
        {
            return _registrations.GetValueOrDefault(entry);
        }
    }

    private InstanceRegistration? Forget(SessionEntry entry)
    {
        lock (_lock)
        {
            _registrations.Remove(entry, out var registration);
            return registration;
        }
    }

    private void Fill(SessionRequest message, SessionEntry entry)
    {
        var health = Ask(entry, static o => o.Health?.Invoke() ?? Health.Healthy, Health.Unknown);
        if (message.Register is { } register)
        {
            register.Health = health.ToWire();
            return;
        }

        var load = Ask(entry, static o => o.Load?.Invoke(), null);
        if (load is not null && LoadReportValidator.Validate(load) is { } violation)
        {
            // One bad figure must not cost the heartbeat that it travels with.
            LogLoadDropped(entry, violation);
            load = null;
        }

        message.Renew.Reports.Add(LoadReportMapping.ToWire(entry.InstanceId, health, load));
    }

    private T Ask<T>(SessionEntry entry, Func<RegistrationOptions, T> ask, T otherwise)
    {
        try
        {
            return ask(entry.Options);
        }
        catch (Exception e)
        {
            LogReportFailed(entry, e);
            return otherwise;
        }
    }
}
