using System.Globalization;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.V1;
using Muster.Registry.Sessions;

namespace Muster.Registry.Api;

/// <summary>Session: one stream keeps one lease with all its instances.</summary>
internal sealed partial class SessionCalls(
    Registrar registrar, InstanceCalls instances, LeaseKeeper leases, NodeIdentity node, Shutdown shutdown, NodeLimits limits,
    TimeProvider timeProvider, ILogger<SessionCalls> logger)
{
    private long _generation;

    // Every stream, also one that has not said which lease it is for, and one whose lease another stream has taken over.
    private int _streams;

    public Task SessionAsync(
        IRequestReader<SessionRequest> requests, IResponseWriter<SessionResponse> responses, GrpcServerContext context) =>
        shutdown.RunAsync(ending => CountAsync(requests, responses, context, ending), context.CancellationToken);

    private async Task CountAsync(
        IRequestReader<SessionRequest> requests, IResponseWriter<SessionResponse> responses, GrpcServerContext context,
        CancellationTokenSource ending)
    {
        try
        {
            if (Interlocked.Increment(ref _streams) > limits.SessionsMax)
            {
                throw Refusal.Exhausted("sessions", limits.SessionsMax, limits.SessionsMax, "on one node").ToException();
            }

            await RunAsync(requests, responses, context, ending);
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task RunAsync(
        IRequestReader<SessionRequest> requests, IResponseWriter<SessionResponse> responses, GrpcServerContext context,
        CancellationTokenSource ending)
    {
        var first = await ReadFirstAsync(requests, ending.Token);
        if (first?.Open is not { } open)
        {
            throw new RpcException(StatusCode.InvalidArgument, "open is absent: it is the first request of every session.");
        }

        var stream = new SessionStream(instances, open.Client, open.AnswersPings, ending, logger);
        var generation = Interlocked.Increment(ref _generation);
        var opened = await OpenAsync(open, generation, stream, ending.Token);
        var lease = new LeaseId(opened.LeaseId);
        var writing = stream.WriteAllAsync(responses, ending.Token);
        try
        {
            LogOpened(lease, open.Client, opened.Resumed);
            // Before it is opened: what is gone for good must not be announced again on this stream.
            foreach (var answer in leases.FinalAnswersOf(new LeaseId(open.LeaseId)))
            {
                stream.OnFinal(answer);
            }

            stream.Announce(new SessionResponse { RequestId = first.RequestId, Opened = opened });
            await stream.ReadAllAsync(
                requests, lease, () => leases.Confirm(lease, generation, stream), () => leases.Heard(lease), ending.Token);
        }
        finally
        {
            leases.Detach(lease, generation, stream, await context.IsClientSilentAsync());
            LogLost(lease, open.Client);
            await stream.FinishAsync(writing);
        }
    }

    private async Task<SessionRequest?> ReadFirstAsync(IRequestReader<SessionRequest> requests, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Limits.SessionOpenWaitMax, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await requests.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.InvalidArgument, string.Create(CultureInfo.InvariantCulture,
                $"open is absent after {Limits.SessionOpenWaitMax.TotalSeconds} s: it is the first request of every session, and due by then."));
        }
    }

    private async Task<Opened> OpenAsync(Open open, long generation, SessionStream stream, CancellationToken cancellationToken)
    {
        Refusals.ThrowIfAny(InstanceValidator.ValidateTtl(open.TtlMs, out var ttl));
        Refusals.ThrowIfAny(Askers.Check("open.client", open.Client, Limits.ClientNameCharsMax));
        var lease = new LeaseId(open.LeaseId);
        var resumed = lease != LeaseId.None && leases.Attach(lease, generation, stream);
        if (!resumed)
        {
            // A lease that lapsed is not revived: its instances are gone, and the provider has to know.
            lease = (await registrar.OpenLeaseAsync(ttl, cancellationToken)).OrThrow();
            if (!leases.Attach(lease, generation, stream))
            {
                throw new RpcException(StatusCode.Unavailable, "the registry was restored from a backup meanwhile; open the session again.");
            }
        }

        return new Opened
        {
            LeaseId = lease.Value,
            TtlMs = (uint)(registrar.Current.Leases.GetValueOrDefault(lease)?.Lease.Ttl ?? ttl).TotalMilliseconds,
            Resumed = resumed,
            Node = node.Name,
            StoreId = registrar.Current.StoreId,
            ListensBeyondLoopback = node.ListensBeyondLoopback,
        };
    }

    [LoggerMessage(EventIds.SessionOpened, LogLevel.Debug, "Session of {Client} opened on lease {Lease}, resumed: {Resumed}")]
    private partial void LogOpened(LeaseId lease, string client, bool resumed);

    [LoggerMessage(EventIds.SessionLost, LogLevel.Debug, "Session of {Client} on lease {Lease} ended")]
    private partial void LogLost(LeaseId lease, string client);
}
