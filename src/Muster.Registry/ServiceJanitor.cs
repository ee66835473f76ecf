using Microsoft.Extensions.Hosting;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Registry.Store;

namespace Muster.Registry;

/// <summary>Forgets services that have had no instance for <see cref="Limits.KnownServiceRetention"/>.</summary>
internal sealed class ServiceJanitor(ICatalogStore store, MonotonicClock clock, TimeProvider timeProvider) : BackgroundService
{
    // Fine enough for a retention of an hour.
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(1);

    // Guards the retention: the catalog feed observes, the loop below asks.
    private readonly Lock _lock = new();
    private ServiceRetention _retention = new();

    public void Start(CatalogSnapshot snapshot)
    {
        lock (_lock)
        {
            _retention = new ServiceRetention();
            _retention.Start(snapshot, clock.Now);
        }
    }

    public void Observe(IReadOnlyList<CatalogEvent> events, CatalogSnapshot after)
    {
        lock (_lock)
        {
            _retention.Observe(events, after, clock.Now);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await ForgetAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Shutting down.
        }
    }

    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Core.Model.ServiceKey> due;
        lock (_lock)
        {
            due = _retention.Due(clock.Now);
        }

        try
        {
            foreach (var chunk in due.Chunk(Limits.CommitChangesMax))
            {
                await store.CommitAsync(
                    [.. chunk.Select(s => new ConditionalChange(new RecordChange.ServiceForgotten(s), null))], cancellationToken);
            }
        }
        catch (StoreUnavailableException)
        {
            // The next round asks again; until then the services merely stay known.
        }
    }
}
