using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.V1;
using Muster.Registry.Api;
using Muster.Registry.Sessions;
using Muster.Registry.Watch;
using Muster.Testing;

namespace Muster.Registry.Tests.Bounds;

/// <summary>A provider that sends and does not read.</summary>
public sealed class SessionFloodTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly LeaseKeeper _leases;
    private readonly SessionStream _stream;

    public SessionFloodTests()
    {
        var clock = new MonotonicClock(_time);
        var options = new RegistryServerOptions { TimeProvider = _time };
        var hub = new WatchHub(new DrainWaits(clock, _time, options.Limits), options.Limits);
        _leases = new LeaseKeeper(hub, new NodeIdentity("node", false), clock, _time, options, NullLogger<LeaseKeeper>.Instance);
        _stream = new SessionStream(new InstanceCalls(null!, null!, _leases, hub), "test", answersPings: false, _ending, NullLogger.Instance);
    }

    public void Dispose()
    {
        _leases.Dispose();
        _ending.Dispose();
    }

    [Fact]
    public async Task Heartbeats_AnswersNotTaken_AreReadNoFurtherThanTheBound()
    {
        var flood = new Flood(10 * Limits.SessionRequestsInFlightMax);
        var deaf = new Deaf();
        var writing = _stream.WriteAllAsync(deaf, _ending.Token);

        var reading = _stream.ReadAllAsync(flood, new LeaseId(7), () => { }, () => { }, _ending.Token);

        // All of it runs on this thread until it waits.
        Assert.False(reading.IsCompleted);
        Assert.InRange(flood.Read, Limits.SessionRequestsInFlightMax, Limits.SessionRequestsInFlightMax + 2);

        deaf.Listen();
        await reading;
        Assert.Equal(10 * Limits.SessionRequestsInFlightMax, flood.Read);
        await _stream.FinishAsync(writing);
        Assert.Equal(10 * Limits.SessionRequestsInFlightMax, deaf.Written);
    }

    [Fact]
    public async Task Announcements_NotTaken_EndTheStreamWithTheLimit()
    {
        var deaf = new Deaf();
        var writing = _stream.WriteAllAsync(deaf, _ending.Token);
        var reading = _stream.ReadAllAsync(new Silence(), new LeaseId(7), () => { }, () => { }, _ending.Token);
        for (var i = 0; i < Limits.SessionAnnouncementsMax + 1; i++)
        {
            _stream.OnDrainRequested(new InstanceKey(ServiceKey.Of("", "calculator"), "a"));
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => reading);
        Assert.Equal(StatusCode.ResourceExhausted, error.Code);
        Assert.Contains($"{Limits.SessionAnnouncementsMax}", error.Status.Detail, StringComparison.Ordinal);
        deaf.Listen();
        await _stream.FinishAsync(writing);
    }

    private sealed class Flood(int count) : IRequestReader<SessionRequest>
    {
        public int Read { get; private set; }

        public ValueTask<SessionRequest?> ReadAsync(CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read == count ? null : new SessionRequest { RequestId = (ulong)++Read, Renew = new Renew() });

        public async IAsyncEnumerable<SessionRequest> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            while (await ReadAsync(cancellationToken) is { } request)
            {
                yield return request;
            }
        }
    }

    private sealed class Silence : IRequestReader<SessionRequest>
    {
        public async ValueTask<SessionRequest?> ReadAsync(CancellationToken cancellationToken = default)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return null;
        }

        public async IAsyncEnumerable<SessionRequest> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            while (await ReadAsync(cancellationToken) is { } request)
            {
                yield return request;
            }
        }
    }

    private sealed class Deaf : IResponseWriter<SessionResponse>
    {
        private readonly TaskCompletionSource _listening = new();

        public int Written { get; private set; }

        public void Listen() => _listening.TrySetResult();

        public async ValueTask WriteAsync(SessionResponse message, CancellationToken cancellationToken = default)
        {
            await _listening.Task;
            Written++;
        }

        public ValueTask WriteAsync(EncodedMessage message, bool flush = true, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
