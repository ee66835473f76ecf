using Microsoft.Extensions.Logging;
using Muster.Client.Connection;
using Muster.Client.Discovery.Cache;
using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Client.Discovery;

/// <summary>Watches services over one stream.</summary>
internal sealed partial class ServiceDirectory : IServiceDirectory, IStreamDriver<WatchRequest, WatchResponse>, IAsyncDisposable
{
    /// <summary>How long the registry has for its first answer before instances that were kept on disk are shown. A registry that runs
    /// answers within a few milliseconds, and a process that has just started takes some 200 to connect for the first time.</summary>
    public static readonly TimeSpan FreshPatience = TimeSpan.FromMilliseconds(500);

    private readonly string _clientName;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly StreamLoop<WatchRequest, WatchResponse> _loop;
    private readonly CancellationTokenSource _disposed = new();
    private readonly CancellationToken _stopping;

    // Guards the step and the three fields below it. The reader applies messages, the writer takes messages to send, and any
    // thread may add a service; each holds it for one step only, and never while application code runs.
    private readonly Lock _lock = new();
    private readonly WatchStep _step;
    private readonly Dictionary<ServiceKey, ServiceWatch> _watches = [];
    private readonly Dictionary<ServiceKey, CallNews> _news = [];
    private Task? _running;

    // Held from applying a change to publishing its view, by the reader and by the grace timer: the older of two views must not
    // be published last. Taken before the lock above; handlers of Changed run under it, which is why they must not block.
    private readonly Lock _publishing = new();
    private readonly ITimer _grace;
    private readonly ViewCache? _cache;
    private TimeSpan? _graceArmedFor;

    // Set once, before there is news; the list is the writer's alone.
    private volatile ICallStatisticsSource? _statistics;
    private readonly List<InstanceCalls> _seen = [];

    // Written by the loop alone.
    private volatile bool _isUp;
    private long _lastContactTicks = long.MinValue;

    public ServiceDirectory(RegistryChannels channels, MusterClientOptions options, string clientName, Random random, ILogger logger)
    {
        _clientName = clientName;
        _time = options.TimeProvider;
        _logger = logger;
        _stopping = _disposed.Token;
        _step = new WatchStep(random);
        _grace = _time.CreateTimer(_ => OnGraceOver(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _cache = options.CacheDirectory is null ? null : new ViewCache(options, () => _isUp, logger);
        _loop = new StreamLoop<WatchRequest, WatchResponse>(RegistryMethods.Watch, this, channels, options, random, logger);
    }

    public event Action<bool>? StaleChanged;

    public bool IsStale => !_isUp;

    public TimeSpan? SinceLastContact => _isUp
        ? TimeSpan.Zero
        : Interlocked.Read(ref _lastContactTicks) is var ticks && ticks == long.MinValue
            ? null
            : _time.Now() - new TimeSpan(ticks);

    bool IStreamDriver<WatchRequest, WatchResponse>.IsWanted => true;

    string? IStreamDriver<WatchRequest, WatchResponse>.Address => null;

    string? IStreamDriver<WatchRequest, WatchResponse>.IsOver => null;

    TimeSpan IStreamDriver<WatchRequest, WatchResponse>.FirstDelayMax => Backoff.FirstDelayMax;

    TimeSpan? IStreamDriver<WatchRequest, WatchResponse>.WakeAt
    {
        get
        {
            lock (_lock)
            {
                return _step.WakeAt;
            }
        }
    }

    public IServiceWatch Watch(ServiceKey service)
    {
        ServiceWatch? watch;
        lock (_lock)
        {
            if (_watches.TryGetValue(service, out watch))
            {
                return watch;
            }

            ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, typeof(MusterClient));
            Check(service);
            watch = new ServiceWatch(service, _logger);
            _watches.Add(service, watch);
            _step.Add(service);

            // The stream opens with the first service: a process that only registers has none.
            _running ??= Task.Run(() => _loop.RunAsync(_stopping));
        }

        _loop.Wake();
        if (_cache is { } cache)
        {
            _ = ShowKeptAsync(cache, watch);
        }

        return watch;
    }

    public async ValueTask DisposeAsync()
    {
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

        await _grace.DisposeAsync().ConfigureAwait(false);
        if (_cache is { } cache)
        {
            await cache.DisposeAsync().ConfigureAwait(false);
        }

        _loop.Dispose();
        _disposed.Dispose();
    }

    void IStreamDriver<WatchRequest, WatchResponse>.OnOpened(RegistryChannel channel)
    {
        lock (_lock)
        {
            _step.OnOpened();
        }
    }

    void IStreamDriver<WatchRequest, WatchResponse>.OnReceived(WatchResponse message)
    {
        var now = _time.Now();
        Interlocked.Exchange(ref _lastContactTicks, now.Ticks);
        lock (_publishing)
        {
            OnReceived(message, now);
        }
    }

    void IStreamDriver<WatchRequest, WatchResponse>.OnLost(bool wasUp, StatusCode? code)
    {
        lock (_lock)
        {
            _step.OnLost();
        }

        if (wasUp)
        {
            // While the stream was up, keep-alive pings were answered, whether or not messages came.
            Interlocked.Exchange(ref _lastContactTicks, _time.Now().Ticks);
        }

        SetUp(false);
    }

    WatchRequest? IStreamDriver<WatchRequest, WatchResponse>.TakeNext()
    {
        WatchRequest? next;
        lock (_lock)
        {
            next = _step.TakeNext(_time.Now());
        }

        next ??= TakeStatistics();
        if (next?.Subscribe is { } subscribe)
        {
            subscribe.Client = _clientName;
        }

        return next;
    }

    bool IStreamDriver<WatchRequest, WatchResponse>.TakeUrgency() => false;

    private void OnReceived(WatchResponse message, TimeSpan now)
    {
        WatchOutcome outcome;
        ServiceWatch? watch;
        lock (_lock)
        {
            outcome = _step.OnReceived(message, now);
            watch = _watches.GetValueOrDefault(outcome.Service);
            ArmGraceLocked(now);
        }

        // Before the views are published: whoever sees a new view must not be told that it is stale.
        SetUp(true);
        Report(outcome);
        if (watch is not null)
        {
            Publish(watch, outcome);
        }

        if (outcome.Reached is { } revision)
        {
            lock (_lock)
            {
                _step.OnHandled(outcome.Service, revision);
            }
        }
    }

    private void OnGraceOver()
    {
        lock (_publishing)
        {
            List<(ServiceWatch Watch, WatchOutcome Outcome)> changed;
            lock (_lock)
            {
                _graceArmedFor = null;
                changed = [.. _step.OnGraceOver(_time.Now()).Select(o => (_watches[o.Service], o))];
                ArmGraceLocked(_time.Now());
            }

            foreach (var (watch, outcome) in changed)
            {
                Publish(watch, outcome);
            }
        }
    }

    private void Publish(ServiceWatch watch, WatchOutcome outcome)
    {
        if (outcome.View is not { } view)
        {
            return;
        }

        watch.Publish(view);
        if (outcome.StoreId is { } store)
        {
            _cache?.OnView(view, store);
        }
    }

    /// <summary>Shows what an earlier process kept of the service, if the registry does not answer soon.</summary>
    private async Task ShowKeptAsync(ViewCache cache, ServiceWatch watch)
    {
        try
        {
            var patience = Task.Delay(FreshPatience, _time, _stopping);
            var kept = await cache.ReadAsync(watch.Service, _stopping).ConfigureAwait(false);
            await patience.ConfigureAwait(false);
            if (kept is not null)
            {
                ShowKept(watch, kept);
            }
        }
        catch (OperationCanceledException)
        {
            // The client is being disposed.
        }
    }

    private void ShowKept(ServiceWatch watch, KeptView kept)
    {
        lock (_publishing)
        {
            WatchOutcome outcome;
            lock (_lock)
            {
                outcome = _step.OnRemembered(kept);
            }

            if (outcome.View is not null)
            {
                LogKeptUsed(kept.Service, kept.Instances.Length, kept.Age);
                Publish(watch, outcome);
            }
        }
    }

    private void ArmGraceLocked(TimeSpan now)
    {
        if (_step.GraceEndsAt is { } end && _graceArmedFor is null)
        {
            _graceArmedFor = end;
            // One millisecond more, so that a timer which fires a tick early still finds the time over.
            _grace.Change(TimeSpan.FromMilliseconds(Math.Max(0, (end - now).TotalMilliseconds) + 1), Timeout.InfiniteTimeSpan);
        }
    }

    private void Check(ServiceKey service)
    {
        if (InstanceValidator.ValidateService(service) is { } violation)
        {
            throw new ArgumentException($"{violation}", nameof(service));
        }

        if (_step.Count >= Limits.SubscriptionsPerWatchMax)
        {
            throw new InvalidOperationException(
                $"Service '{service}' is one too many: one client watches at most {Limits.SubscriptionsPerWatchMax}.");
        }
    }

    private void SetUp(bool isUp)
    {
        if (_isUp == isUp)
        {
            return;
        }

        _isUp = isUp;
        foreach (var handler in Delegate.EnumerateInvocationList(StaleChanged))
        {
            try
            {
                handler(!isUp);
            }
            catch (Exception e)
            {
                LogHandlerFailed(e);
            }
        }
    }

    private void Report(WatchOutcome outcome)
    {
        if (outcome.Fault is { } fault)
        {
            LogRefused(outcome.Service, (StatusCode)fault.Code, fault.Message);
        }

        if (outcome.StatisticsFault is { } refused)
        {
            LogStatisticsRefused(outcome.Service, (StatusCode)refused.Code, refused.Message);
        }

        if (outcome.Dropped is { } violation)
        {
            LogDropped(outcome.Service, violation);
        }
    }
}
