using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Muster.Grpc.Tests;

/// <summary>Keeps warnings and errors, so that a test can expect them and no other goes unnoticed.</summary>
internal sealed class CollectedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, LogLevel Level, string Text)> _entries = new();
    private readonly List<string> _expected = [];

    /// <summary>Allows entries that contain this text.</summary>
    public void Expect(string text) => _expected.Add(text);

    public int Count(string text) => _entries.Count(e => e.Text.Contains(text, StringComparison.Ordinal));

    public void VerifyNothingUnexpected()
    {
        var unexpected = _entries.Where(
            e => !_expected.Exists(text => e.Text.Contains(text, StringComparison.Ordinal))).ToList();
        Assert.True(unexpected.Count == 0, "Unexpected log entries:\n" + string.Join('\n', unexpected));
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(CollectedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log._entries.Enqueue((category, logLevel, $"{formatter(state, exception)} {exception}"));
            }
        }
    }
}
