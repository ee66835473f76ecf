using Microsoft.Extensions.Logging;
using Muster.Client;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>Counts what the product logs when it sets an instance aside.</summary>
internal sealed class EjectionCounter : ILogger
{
    public long Count { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Count += eventId.Id == LogEventIds.InstanceEjected ? 1 : 0;
}
