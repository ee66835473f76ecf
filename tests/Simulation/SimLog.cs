using Microsoft.Extensions.Logging;
using Muster.Registry;
using Muster.Registry.Sessions;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>Hears from the lease keeper's log what the guard does.</summary>
internal sealed class SimLog(World world, Func<bool> isGuarding) : ILogger<LeaseKeeper>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        world.Note(formatter(state, exception));
        if (eventId.Id == EventIds.GuardBegan)
        {
            world.Record(new HistoryEvent.GuardBegan(world.Now));
        }
        else if (eventId.Id is EventIds.GuardRecovered or EventIds.GuardReleased && !isGuarding())
        {
            world.Record(new HistoryEvent.GuardEnded(world.Now));
        }
        else if (eventId.Id == EventIds.LeaseExpiryFailed && exception is not Registry.Store.StoreUnavailableException)
        {
            world.Fail(exception!);
        }
    }
}
