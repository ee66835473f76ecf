using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.V1;
using Muster.Registry.Api;

namespace Muster.Registry.Sessions;

/// <summary>One session stream: requests in, answers and announcements out.</summary>
/// <remarks>Requests run side by side, at most <see cref="Limits.SessionRequestsInFlightMax"/>; beyond that the reader stops
/// reading, and HTTP/2 flow control slows the provider. A request is in flight until its answer is written: a provider that sends
/// and never reads would otherwise fill the queue.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Requests may still end after the stream; a SemaphoreSlim whose wait handle nobody takes holds nothing.")]
internal sealed partial class SessionStream(
    InstanceCalls instances, string client, bool answersPings, CancellationTokenSource ending, ILogger logger)
    : ISessionPeer
{
    // Unbounded by type, bounded by what fills it: one answer per request in flight, and the announcements.
    private readonly Channel<(SessionResponse Response, bool IsAnswer)> _outgoing =
        Channel.CreateUnbounded<(SessionResponse, bool)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _inFlight = new(Limits.SessionRequestsInFlightMax);
    private int _announcements;

    // Set by who asks, under the lease keeper's lock; cleared by the reader, which so need not take that lock for each request. A
    // request that is read between the setting and the sending counts as the answer: it shows the same.
    private volatile bool _isPinged;
    private bool _expired;
    private bool _restored;
    private bool _isDeaf;

    public string Client => client;

    public bool AnswersPings => answersPings;

    public bool IsBusy => _inFlight.CurrentCount == 0;

    public void Ping()
    {
        if (!_isPinged)
        {
            // Otherwise the last one is still on its way, or unanswered: one in the queue is enough.
            _isPinged = true;
            Announce(new SessionResponse { Ping = new Ping() });
        }
    }

    /// <summary>Says something that no request asked for.</summary>
    public void Announce(SessionResponse response)
    {
        if (Interlocked.Increment(ref _announcements) <= Limits.SessionAnnouncementsMax)
        {
            _outgoing.Writer.TryWrite((response, false));
            return;
        }

        _isDeaf = true;
        // Not awaited: this runs under the lease keeper's lock, and cancelling runs callbacks.
        _ = ending.CancelAsync();
    }

    public void OnExpired()
    {
        _expired = true;
        // Not awaited: this runs under the lease keeper's lock, and cancelling runs callbacks.
        _ = ending.CancelAsync();
    }

    public void OnRestored()
    {
        _restored = true;
        _ = ending.CancelAsync();
    }

    public void OnFinal(FinalAnswer answer) => Announce(answer.Removal.Reason == Core.Model.RemovalReason.Superseded
        ? new SessionResponse { Superseded = new Superseded { InstanceId = answer.Instance.Id, ByInstanceId = answer.ByInstanceId } }
        : new SessionResponse { RemovedByOperator = new RemovedByOperator { InstanceId = answer.Instance.Id, Reason = answer.Removal.Evidence } });

    public void OnDrainRequested(InstanceKey instance) =>
        Announce(new SessionResponse { DrainRequested = new DrainRequested { InstanceId = instance.Id, Reason = "an operator asked" } });

    /// <summary>Handles requests until the provider ends its stream or vanishes.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="lease">The session's lease.</param>
    /// <param name="onHeartbeat">Called before each renewal.</param>
    /// <param name="onAnswer">Called for the first request after a ping.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async Task ReadAllAsync(
        IRequestReader<SessionRequest> requests, LeaseId lease, Action onHeartbeat, Action onAnswer, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var request in requests.ReadAllAsync(cancellationToken))
            {
                if (_isPinged)
                {
                    _isPinged = false;
                    onAnswer();
                }

                if (request.RequestCase == SessionRequest.RequestOneofCase.Pong)
                {
                    continue;
                }

                await _inFlight.WaitAsync(cancellationToken);
                if (request.RequestCase == SessionRequest.RequestOneofCase.Renew)
                {
                    onHeartbeat();
                    Answer(request.RequestId, instances.Renew(lease, request.Renew.Reports),
                        ttl => new SessionResponse { Renewed = new Renewed { TtlMs = ttl } });
                    continue;
                }

                _ = HandleAsync(request, lease, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (_expired)
        {
            throw new RpcException(StatusCode.NotFound, $"lease_id is {lease.Value}: the lease ran out; register anew.");
        }
        catch (OperationCanceledException) when (_isDeaf)
        {
            throw new RpcException(StatusCode.ResourceExhausted,
                $"announcements are over {Limits.SessionAnnouncementsMax}: no more are kept for a provider that does not read them.");
        }
        catch (OperationCanceledException) when (_restored)
        {
            throw new RpcException(StatusCode.Unavailable,
                "the registry was restored from a backup; open the session again, and register everything under its new lease.");
        }
    }

    /// <summary>Writes what is sent, until <see cref="FinishAsync"/>.</summary>
    public async Task WriteAllAsync(IResponseWriter<SessionResponse> responses, CancellationToken cancellationToken)
    {
        await foreach (var (response, isAnswer) in _outgoing.Reader.ReadAllAsync(cancellationToken))
        {
            await responses.WriteAsync(response, cancellationToken);
            if (isAnswer)
            {
                _inFlight.Release();
            }
            else
            {
                Interlocked.Decrement(ref _announcements);
            }
        }
    }

    /// <summary>Ends the writer; what is queued still goes out if the provider listens.</summary>
    public async Task FinishAsync(Task writing)
    {
        _outgoing.Writer.TryComplete();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task HandleAsync(SessionRequest request, LeaseId lease, CancellationToken cancellationToken)
    {
        try
        {
            switch (request.RequestCase)
            {
                case SessionRequest.RequestOneofCase.Register:
                    Answer(request.RequestId, await instances.RegisterAsync(request.Register, lease, cancellationToken),
                        registered => new SessionResponse { Registered = registered });
                    break;
                case SessionRequest.RequestOneofCase.Deregister:
                    Answer(request.RequestId, await instances.DeregisterAsync(request.Deregister, lease, cancellationToken),
                        deregistered => new SessionResponse { Deregistered = deregistered });
                    break;
                case SessionRequest.RequestOneofCase.SetIntent:
                    Answer(request.RequestId, await instances.SetIntentAsync(request.SetIntent, lease, Client, cancellationToken),
                        set => new SessionResponse { IntentSet = set });
                    break;
                default:
                    Answer<bool>(request.RequestId, Refusal.Invalid(new Violation(
                        "request", $"{request.RequestCase}", "one of register, deregister, set_intent, renew is required")), _ => new());
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            // The stream ended while the request ran; there is nobody to answer.
        }
        catch (Exception e)
        {
            // A defect of ours: the provider is told that its request failed, and nobody else notices.
            LogRequestFailed(request.RequestCase, e);
            Answer(new SessionResponse
            {
                RequestId = request.RequestId,
                Fault = new Fault { Code = (int)StatusCode.Internal, Message = "the registry failed on this request; its log says why." },
            });
        }
    }

    private void Answer<T>(ulong requestId, Answer<T> answer, Func<T, SessionResponse> respond)
    {
        var response = answer.Refusal is { } refusal
            ? new SessionResponse { Fault = new Fault { Code = (int)refusal.Code(), Message = refusal.Message } }
            : respond(answer.Value);
        response.RequestId = requestId;
        // A request without an id asks for no answer, but a fault is always said.
        if (requestId != 0 || answer.Refusal is not null)
        {
            Answer(response);
        }
        else
        {
            _inFlight.Release();
        }
    }

    private void Answer(SessionResponse response) => _outgoing.Writer.TryWrite((response, true));

    [LoggerMessage(EventIds.SessionRequestFailed, LogLevel.Error, "A {Request} request in a session failed by a defect of the registry")]
    private partial void LogRequestFailed(SessionRequest.RequestOneofCase request, Exception exception);
}
