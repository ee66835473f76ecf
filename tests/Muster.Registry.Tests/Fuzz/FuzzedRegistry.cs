using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Registry.Sessions;
using Muster.Registry.Store;
using Muster.Testing;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>A real registry on a manual clock, whose ids count and whose log is kept.</summary>
internal sealed class FuzzedRegistry : IAsyncDisposable
{
    // For these the registry may wait before it answers: a revision, a drain, a long poll, a session's or a backup's peer. The
    // session's is that of a connection's first bytes too, so the one connection of the gRPC side is open before.
    private static readonly HashSet<TimeSpan> s_waits =
    [
        Limits.RevisionWaitMax, Limits.BackupSilenceMax,
        TimeSpan.FromMilliseconds(1001), TimeSpan.FromMilliseconds(5001), TimeSpan.FromMilliseconds(55_000),
    ];

    private static readonly HashSet<TimeSpan> s_grpcWaits = [Limits.SessionOpenWaitMax, .. s_waits];

    // A call that hangs must fail the test with its steps, instead of the whole run with nothing.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly RegistryServer _server;
    private readonly ErrorLog _log;
    private readonly GrpcClient _client;

    // Completes when a session was pinged; then replaced. A timer would not do: the one that ends the patience may be armed already, for
    // something else that comes first.
    private volatile TaskCompletionSource _pinged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FuzzedRegistry(RegistryServer server, ManualTimeProvider time, ErrorLog log)
    {
        _server = server;
        Time = time;
        _log = log;
        Invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        _client = new GrpcClient(Invoker, GrpcAddress, new GrpcClientOptions { TimeProvider = time });
    }

    public ManualTimeProvider Time { get; }

    public HttpMessageInvoker Invoker { get; }

    public Uri GrpcAddress => new($"http://127.0.0.1:{_server.Port}");

    public Uri HttpAddress => new($"http://127.0.0.1:{_server.HttpPort}");

    public IServiceProvider Parts => _server.Parts;

    /// <summary>What it logged that a request must not be able to make it log.</summary>
    public IReadOnlyCollection<string> Errors => _log.Entries;

    public static async Task<FuzzedRegistry> StartAsync(string? dataDirectory)
    {
        var time = new ManualTimeProvider();
        var log = new ErrorLog();
        var options = new RegistryServerOptions
        {
            Port = 0, HttpPort = 0, TimeProvider = time, DataDirectory = dataDirectory, Ids = new CountedIds(),
            // Checks are read and refused: nobody is to connect to addresses that chance has made up.
            Limits = new NodeLimits { ChecksMax = 0 },
        };
        var server = await RegistryServer.StartAsync(options, logging => logging.AddProvider(log), CancellationToken.None);
        var registry = new FuzzedRegistry(server, time, log);
        await registry._client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        return registry;
    }

    public T Part<T>()
        where T : notnull => Parts.GetRequiredService<T>();

    /// <summary>The registry waits for the answer of a session that gives none.</summary>
    public void OnPing() => _pinged.TrySetResult();

    /// <summary>Runs a call, and lets time pass where the registry waits for it.</summary>
    public async Task<T> RunAsync<T>(Task<T> call, bool isGrpc)
    {
        var expected = isGrpc ? s_grpcWaits : s_waits;
        while (!call.IsCompleted)
        {
            var waits = Time.TimerArmedForAsync(expected.Contains);
            var pinged = _pinged.Task;
            Task first;
            try
            {
                first = await Task.WhenAny(call, waits, pinged).WaitAsync(s_patience);
            }
            catch (TimeoutException e)
            {
                throw new TimeoutException($"Neither an answer nor a wait that is known; armed are {Time.DescribeTimers()}", e);
            }

            if (first == pinged)
            {
                _pinged = new(TaskCreationOptions.RunContinuationsAsynchronously);
                await AdvanceAsync(Limits.PingPatience + TimeSpan.FromMilliseconds(1));
                continue;
            }

            if (first != waits || !await IsAtRestAsync() || call.IsCompleted)
            {
                continue;
            }

            // Whoever commits waits for a moment, too; it is over by now.
            var still = Time.TimerArmedForAsync(expected.Contains);
            if (still.IsCompleted && !call.IsCompleted)
            {
                await AdvanceAsync(await still);
            }
        }

        return await call;
    }

    /// <summary>Lets time pass, and what falls due be done: a removal that waits for its commit must not run out of time only because
    /// the clock runs faster than the machine.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        while (by > TimeSpan.Zero)
        {
            var step = by < Limits.RevisionWaitMax / 2 ? by : Limits.RevisionWaitMax / 2;
            by -= step;
            Time.Advance(step);
            while (Part<LeaseKeeper>().IsExpiring)
            {
                await IsAtRestAsync();
            }
        }
    }

    /// <summary>Whether everything that is committed is applied.</summary>
    private async Task<bool> IsAtRestAsync()
    {
        await _client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest { Namespace = "none" });
        var stored = await Part<ICatalogStore>().LoadAsync(CancellationToken.None);
        return Part<CatalogFeed>().Current.Revision >= stored.Revision;
    }

    /// <summary>Answers no more; what it keeps can still be looked at.</summary>
    public Task StopAsync()
    {
        Invoker.Dispose();
        return _server.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _server.DisposeAsync();
    }

    private sealed class CountedIds : IdSource
    {
        private int _last;

        public override LeaseId NextLease() => new((ulong)Interlocked.Increment(ref _last) + 1000);

        public override string NextName() => $"{Interlocked.Increment(ref _last):x8}";
    }

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _entries = new();

        public IReadOnlyCollection<string> Entries => _entries;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // The guard speaks up when many fall silent, which clients can bring about.
            if (IsEnabled(logLevel) && eventId.Id != EventIds.GuardBegan)
            {
                _entries.Enqueue($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}
