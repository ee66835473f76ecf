using Microsoft.Extensions.Logging;
using Muster.Core.Catalog;
using Muster.Core.Checks;
using Muster.Core.Model;
using Muster.Registry.Sessions;

namespace Muster.Registry.Checks;

/// <summary>Drives <see cref="CheckTable"/>: brings it the time, the instances that have a check and the results, and carries out
/// what it decides.</summary>
/// <remarks>Thread-safe. Everything that decides happens in Core, under one lock; nothing under it waits. It takes the lease
/// keeper's lock inside its own, never the other way round.</remarks>
internal sealed partial class CheckRunner : ICatalogFollower, IDisposable
{
    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly CheckTable _table;
    private readonly List<CheckOutput> _outputs = [];
    private readonly IProber _prober;
    private readonly LeaseKeeper _leases;
    private readonly MonotonicClock _clock;
    private readonly ILogger _logger;
    private readonly ITimer _wake;
    private readonly CancellationTokenSource _stopping = new();
    private Func<CheckOutput.Overdue, Task>? _remove;
    private HashSet<InstanceKey> _checked = [];

    public CheckRunner(
        IProber prober, LeaseKeeper leases, IdSource ids, MonotonicClock clock, TimeProvider timeProvider, ILogger<CheckRunner> logger)
    {
        _prober = prober;
        _leases = leases;
        _clock = clock;
        _logger = logger;
        _table = new CheckTable(new Random(unchecked((int)ids.NextLease().Value)));
        _wake = timeProvider.CreateTimer(_ => Step(() => { }), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Says who makes removals durable. Set once, before the server listens.</summary>
    public void OnOverdue(Func<CheckOutput.Overdue, Task> remove) => _remove = remove;

    /// <summary>What the checks of the instances showed, in their order; null for one without a check.</summary>
    public IReadOnlyList<CheckSigns?> SignsOf(IEnumerable<InstanceKey> instances)
    {
        lock (_lock)
        {
            var now = _clock.Now;
            return [.. instances.Select(i => _table.SignsOf(i, now))];
        }
    }

    public CheckSigns? SignsOf(InstanceKey instance) => SignsOf([instance])[0];

    public void Start(CatalogSnapshot snapshot) => Step(() =>
    {
        var found = snapshot.Services.Values
            .Where(s => s.CheckedCount > 0)
            .SelectMany(s => s.Instances.Values)
            .Select(CheckTarget.Of)
            .OfType<CheckTarget>()
            .ToDictionary(t => t.Instance);
        foreach (var gone in _checked.Where(i => !found.ContainsKey(i)))
        {
            _table.Remove(gone);
        }

        _checked = [.. found.Keys];
        foreach (var target in found.Values)
        {
            _table.Put(target, isNew: false, _clock.Now, _outputs);
        }
    });

    public void Apply(IReadOnlyList<CatalogEvent> events)
    {
        foreach (var change in events)
        {
            switch (change)
            {
                case CatalogEvent.Upserted { Instance: var instance } when CheckTarget.Of(instance) is { } target:
                    Step(() =>
                    {
                        _checked.Add(instance.Key);
                        _table.Put(target, isNew: true, _clock.Now, _outputs);
                    });
                    break;
                case CatalogEvent.Upserted { Instance.Key: var key }:
                    Forget(key);
                    break;
                case CatalogEvent.Removed { Instance: var key }:
                    Forget(key);
                    break;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _wake.Dispose();
        // Not disposed: probes that end now still ask it.
        _stopping.Cancel();
    }

    private void Forget(InstanceKey key)
    {
        lock (_lock)
        {
            if (_checked.Remove(key))
            {
                _table.Remove(key);
            }
        }
    }

    private void Step(Action change)
    {
        lock (_lock)
        {
            change();
            _table.Tick(_clock.Now, _outputs);
            foreach (var output in _outputs)
            {
                CarryOut(output);
            }

            _outputs.Clear();
            var wait = _table.NextWake - _clock.Now;
            // One more millisecond: a timer may fire up to a tick early by the clock that the table is asked with.
            _wake.Change(
                wait is null ? Timeout.InfiniteTimeSpan : wait > TimeSpan.Zero ? wait.Value + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero,
                Timeout.InfiniteTimeSpan);
        }
    }

    private void CarryOut(CheckOutput output)
    {
        switch (output)
        {
            case CheckOutput.Probe probe:
                _ = ProbeAsync(probe);
                break;
            case CheckOutput.HealthChanged changed:
                _leases.SetChecked(changed.Instance, changed.Signs.Health);
                Log(changed);
                break;
            case CheckOutput.Overdue overdue:
                _ = RemoveAsync(overdue);
                break;
        }
    }

    private async Task ProbeAsync(CheckOutput.Probe probe)
    {
        // Off the lock.
        await Task.Yield();
        try
        {
            var result = await _prober.ProbeAsync(probe.Target, _stopping.Token);
            Step(() => _table.Complete(probe, result, _clock.Now, _outputs));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Shutting down.
        }
        catch (ObjectDisposedException) when (_stopping.IsCancellationRequested)
        {
            // The timer is gone.
        }
    }

    private async Task RemoveAsync(CheckOutput.Overdue overdue)
    {
        await Task.Yield();
        try
        {
            await (_remove ?? throw new InvalidOperationException("Nobody makes removals durable.")).Invoke(overdue);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It is said again with the next failure.
            LogRemovalFailed(overdue.Target.Instance, e);
        }
    }

    private void Log(CheckOutput.HealthChanged changed)
    {
        switch (changed.Signs)
        {
            case { Health: Health.Healthy, Last: { } last }:
                LogHealthy(changed.Instance, last.Detail);
                break;
            case { Health: Health.Unhealthy, Last: { } last }:
                LogUnhealthy(changed.Instance, changed.Signs.Failures, last.Detail);
                break;
        }
    }

    [LoggerMessage(EventIds.CheckPassed, LogLevel.Information, "{Instance} is healthy by its check: {Detail}")]
    private partial void LogHealthy(InstanceKey instance, string detail);

    [LoggerMessage(EventIds.CheckFailed, LogLevel.Warning, "{Instance} is unhealthy by its check, failures in a row: {Failures}; {Detail}")]
    private partial void LogUnhealthy(InstanceKey instance, int failures, string detail);

    [LoggerMessage(EventIds.CheckRemovalFailed, LogLevel.Error,
        "{Instance} has failed its check for as long as it allows, but its removal could not be made durable; it is tried again")]
    private partial void LogRemovalFailed(InstanceKey instance, Exception exception);
}
