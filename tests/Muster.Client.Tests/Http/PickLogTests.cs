using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

/// <summary>Each pick says why at log level Debug, and is asked nothing above it.</summary>
public sealed class PickLogTests : IAsyncDisposable
{
    private const string PolicyName = "asked";
    private readonly FakeNetwork _network = new();
    private readonly FakeDirectory _directory = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly AskedPolicy _policy = new();
    private readonly PickLog _log = new();
    private readonly HandlerFactory _factory;

    public PickLogTests()
    {
        var options = new MusterClientOptions
        {
            Seed = 1,
            TimeProvider = _clock,
            Policies = ImmutableDictionary<string, Func<PickRandom, IBalancingPolicy>>.Empty.Add(PolicyName, _ => _policy),
        };
        _factory = new HandlerFactory(_directory, options, _log, _network.Connect);
        _directory.Watch("calculator").Show(
            [.. Enumerable.Range(0, 3).Select(i => _network.Add($"{(char)('a' + i)}", FakeNetwork.Status(200)))]);
    }

    [Fact]
    public async Task Send_Debug_SaysWhoByWhichPolicyOfHowManyAndWhy()
    {
        await SendAsync(PolicyName);

        var pick = Assert.Single(_log.Picks);
        Assert.Equal("Instance a of calculator is picked by asked of 3: figure 7, report 120 ms old", pick["text"]);
        Assert.Equal(("a", PolicyName, 3), (pick["InstanceId"], pick["Policy"], pick["Candidates"]));
        Assert.Equal("figure 7, report 120 ms old", pick["Reason"]);
    }

    [Fact]
    public async Task Send_DebugOfOneOfTheProducts_CarriesItsFigures()
    {
        await SendAsync(PolicyNames.LeastRequest);

        Assert.Equal(
            "0 in flight from here, the fewer of two random ones; all have 0 to 0, counted now", Assert.Single(_log.Picks)["Reason"]);
    }

    [Fact]
    public async Task Send_Information_IsNotAskedWhy()
    {
        _log.Level = LogLevel.Information;
        await SendAsync(PolicyName);

        Assert.Empty(_log.Picks);
        Assert.Equal((1, 0), (_policy.Picked, _policy.Explained));
    }

    public async ValueTask DisposeAsync()
    {
        await _factory.DisposeAsync();
        _log.Dispose();
    }

    private async Task SendAsync(string policy)
    {
        using var client = new HttpClient(_factory.Create(new BalancingOptions { Policy = policy, WarmUp = false }));
        await client.GetStringAsync("http://calculator/");
    }

    /// <summary>Takes the first, and counts how often it is asked.</summary>
    private sealed class AskedPolicy : IBalancingPolicy, IPicker
    {
        public string Name => PolicyName;

        public int Picked { get; private set; }

        public int Explained { get; private set; }

        public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => this;

        public int Pick(in PickContext context)
        {
            Picked++;
            return 0;
        }

        public string Explain(int index, in PickContext context)
        {
            Explained++;
            return $"figure {7 + index}, report 120 ms old";
        }
    }

    /// <summary>Keeps what the event of a pick carries.</summary>
    private sealed class PickLog : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<IReadOnlyDictionary<string, object?>> _picks = new();

        public LogLevel Level { get; set; } = LogLevel.Debug;

        public IReadOnlyCollection<IReadOnlyDictionary<string, object?>> Picks => _picks;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= Level;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == LogEventIds.Picked)
            {
                _picks.Enqueue(((IEnumerable<KeyValuePair<string, object?>>)state!).Append(new("text", formatter(state, exception))).ToDictionary());
            }
        }

        public void Dispose()
        {
        }
    }
}
