using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Muster.Client.Tests.Http;

/// <summary>Keeps the ids of warnings and worse.</summary>
internal sealed class LoggedEvents : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<int> _ids = new();

    public IReadOnlyCollection<int> Ids => _ids;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _ids.Enqueue(eventId.Id);
        }
    }

    public void Dispose()
    {
    }
}
