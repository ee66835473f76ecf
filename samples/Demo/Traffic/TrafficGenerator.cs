using System.Collections.Concurrent;
using System.Collections.Immutable;
using Muster.Grpc;
using Muster.Samples.Shared.Calls;

namespace Muster.Samples.Demo.Traffic;

/// <summary>Calls every service steadily until it is told to stop, and measures.</summary>
internal sealed class TrafficGenerator
{
    // 2 callers every 20 ms: 100 calls a second for each of four services, which two cores carry beside nine processes.
    private const int CallersPerKind = 2;
    private const int FailureTextsMax = 5;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly ImmutableArray<TrafficKind> _kinds;
    private readonly SampleClient _client;
    private readonly TimeProvider _timeProvider;
    private readonly ImmutableDictionary<string, CallMeter> _services;
    private readonly ConcurrentDictionary<string, long> _answeredBy = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _failureTexts = new();
    private long _number;

    /// <summary>Creates a generator.</summary>
    public TrafficGenerator(ImmutableArray<TrafficKind> kinds, SampleClient client, TimeProvider timeProvider)
    {
        _kinds = kinds;
        _client = client;
        _timeProvider = timeProvider;
        _services = kinds.ToImmutableDictionary(kind => kind.Service, _ => new CallMeter());
    }

    /// <summary>The calls by service, retries of the handler not counted apart.</summary>
    public IReadOnlyDictionary<string, CallMeter> Services => _services;

    /// <summary>The answered calls by instance.</summary>
    public IReadOnlyDictionary<string, long> AnsweredBy => _answeredBy;

    /// <summary>All calls that ended.</summary>
    public long Calls => _services.Values.Sum(meter => meter.Calls);

    /// <summary>All calls that failed.</summary>
    public long Failed => _services.Values.Sum(meter => meter.Failed);

    /// <summary>What the first failures said.</summary>
    public IReadOnlyCollection<string> FailureTexts => _failureTexts;

    /// <summary>Calls until the token fires, then lets the calls in flight end.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        from kind in _kinds
        from _ in Enumerable.Range(0, CallersPerKind)
        select Task.Run(() => CallSteadilyAsync(kind, stop), CancellationToken.None));

    private async Task CallSteadilyAsync(TrafficKind kind, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, _timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await CallAsync(kind);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop, between two calls.
        }
    }

    private async Task CallAsync(TrafficKind kind)
    {
        var meter = _services[kind.Service];
        var started = _timeProvider.GetTimestamp();
        try
        {
            // Not cancelled when the run ends: a call in flight may have counted, so it is let to its end.
            var answer = await kind.Call(_client, Interlocked.Increment(ref _number), CancellationToken.None);
            meter.Succeed(_timeProvider.GetElapsedTime(started));
            _answeredBy.AddOrUpdate(answer.ServedBy, 1, static (_, calls) => calls + 1);
        }
        catch (Exception error) when (error is RpcException or WrongAnswerException)
        {
            meter.Fail();
            if (_failureTexts.Count < FailureTextsMax)
            {
                _failureTexts.Enqueue($"{kind.Service}: {(error is RpcException rpc ? StatusText.Of(rpc) : error.Message)}");
            }
        }
    }
}
