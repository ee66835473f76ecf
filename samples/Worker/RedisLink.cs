using System.Globalization;
using Muster.Core.Model;
using StackExchange.Redis;

namespace Muster.Samples.Worker;

/// <summary>The connection to Redis, made when first needed and made anew when it is lost.</summary>
/// <remarks>Thread-safe. The client library reconnects by itself, but gives up in some of the ways in which a server can
/// vanish; so whoever finds a connection dead reports it, and the next caller gets a new one.</remarks>
internal sealed class RedisLink(HostPort address, TimeSpan patience, TimeProvider timeProvider) : IAsyncDisposable
{
    /// <summary>What a call may wait unless it is told otherwise. Twice this, for the second attempt of a balancing caller, stays
    /// below the 5 s that callers allow, so that they learn why.</summary>
    public static readonly TimeSpan PatienceDefault = TimeSpan.FromSeconds(2);

    // Callers that arrive while Redis refuses connections share one attempt in this time instead of starting one each.
    private static readonly TimeSpan AttemptSpacing = TimeSpan.FromMilliseconds(250);

    // Guards the fields below. Without it, two callers that find the same dead connection would both replace it, and the
    // connection that lost would stay open for ever.
    private readonly Lock _lock = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private long _startedAt;
    private bool _disposed;

    /// <summary>What a call may wait for a Redis that hangs; one that is gone is found out at once.</summary>
    public TimeSpan Patience => patience;

    /// <summary>Where Redis is looked for.</summary>
    public string Address { get; } = address.ToString();

    /// <summary>The connection; the same for all callers while it lives.</summary>
    /// <exception cref="RedisConnectionException">Redis cannot be reached now.</exception>
    public Task<ConnectionMultiplexer> GetAsync()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connecting is null || (HasFailed(_connecting) && timeProvider.GetElapsedTime(_startedAt) >= AttemptSpacing))
            {
                Close(_connecting);
                _startedAt = timeProvider.GetTimestamp();
                // Elsewhere, because the library blocks its caller for part of the way.
                _connecting = Task.Run(ConnectAsync);
            }

            return _connecting;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
            Close(_connecting);
            _connecting = null;
        }

        return ValueTask.CompletedTask;
    }

    private static bool HasFailed(Task<ConnectionMultiplexer> connecting) =>
        connecting.IsCompleted && !(connecting.IsCompletedSuccessfully && connecting.Result.IsConnected);

    private Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = ConfigurationOptions.Parse(Address);
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        options.ConnectTimeout = Milliseconds(patience);
        options.SyncTimeout = Milliseconds(patience);
        options.ClientName = string.Create(CultureInfo.InvariantCulture, $"muster-worker-{Environment.ProcessId}");
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    private static int Milliseconds(TimeSpan time) => (int)time.TotalMilliseconds;

    private static void Close(Task<ConnectionMultiplexer>? connecting) => _ = connecting?.ContinueWith(
        static done =>
        {
            if (done.IsCompletedSuccessfully)
            {
                done.Result.Dispose();
            }

            // Seen here, so that a failed attempt that nobody waited for is not reported as unobserved.
            _ = done.Exception;
        },
        CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
}
