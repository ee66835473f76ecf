using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Muster.Client.Connection;
using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Client.Tests;

/// <summary>What tests of the client share: a clock that stands still, clients that end with the test, and their log.</summary>
public abstract class ClientFixture : IAsyncLifetime, ILoggerProvider
{
    private readonly List<MusterClient> _clients = [];
    private readonly ConcurrentQueue<(string Part, int Times, TaskCompletionSource Waiter)> _waiters = [];
    private readonly LoggerFactory _loggers;
    private int _losses;

    protected ClientFixture() => _loggers = new LoggerFactory([this]);

    protected ManualTimeProvider Clock { get; } = new();

    protected ConcurrentQueue<(LogLevel Level, string Text)> Logged { get; } = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var client in _clients)
        {
            await StopAsync(client);
        }

        _loggers.Dispose();
        Assert.DoesNotContain(Logged, e => e.Level >= LogLevel.Critical);
    }

    protected MusterClient NewClient(string registry, string? cacheDirectory = null)
    {
        var client = new MusterClient(
            new MusterClientOptions
            {
                Registry = registry, TimeProvider = Clock, Seed = 1, ClientName = "tests", CacheDirectory = cacheDirectory,
            },
            _loggers);
        _clients.Add(client);
        return client;
    }

    /// <summary>Disposes a client whose registry may not answer: then its patience is spent on the clock.</summary>
    protected async Task StopAsync(MusterClient client)
    {
        var stopping = client.DisposeAsync().AsTask();
        await Task.WhenAny(stopping, Clock.TimerArmedAsync(d => d == InstanceRegistration.DisposeTimeout)).InTime();
        Clock.Advance(InstanceRegistration.DisposeTimeout);
        await stopping.InTime();
    }

    /// <summary>Lets the wait after a first failure pass.</summary>
    protected async Task PassFirstBackoffAsync() =>
        Clock.Advance(await Clock.TimerArmedAsync(d => d <= Backoff.FirstDelayMax).InTime());

    /// <summary>Lets a back-off pass, however long its jitter made it, and no time beyond: the stream that begins then has a
    /// time limit of its own.</summary>
    protected async Task PassBackoffAsync() =>
        Clock.Advance(await Clock.TimerArmedAsync(d => d <= Backoff.DelayMax).InTime());

    /// <summary>Lets the back-off after the next loss of a stream pass. Not before that is logged: until then the timer of the stream that
    /// is being lost may be armed for a moment, and for something else.</summary>
    protected async Task PassLossAsync()
    {
        await LoggedAsync("not connected to the registry", ++_losses);
        await PassBackoffAsync();
    }

    protected static RegistrationOptions Options(string id) => new()
    {
        Service = "calculator",
        InstanceId = id,
        Host = "10.0.0.1",
        Endpoints = [new Endpoint("default", "http", EndpointProtocol.Http2, 5001)],
    };

    /// <summary>Completes when a line is in the log, at once if it is.</summary>
    protected Task LoggedAsync(string part, int times = 1)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters.Enqueue((part, times, waiter));
        Settle();
        return waiter.Task.InTime();
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => new Collector(OnLogged);

    private void OnLogged(LogLevel level, string text)
    {
        Logged.Enqueue((level, text));
        Settle();
    }

    private void Settle()
    {
        foreach (var (part, times, waiter) in _waiters)
        {
            if (Logged.Count(e => e.Text.Contains(part, StringComparison.Ordinal)) >= times)
            {
                waiter.TrySetResult();
            }
        }
    }

    void IDisposable.Dispose() => GC.SuppressFinalize(this);

    private sealed class Collector(Action<LogLevel, string> onLogged) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            onLogged(logLevel, $"{formatter(state, exception)} {exception}");
    }
}
