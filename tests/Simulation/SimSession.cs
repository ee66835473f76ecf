using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol.V1;
using Muster.Registry;
using Muster.Registry.Api;
using Muster.Registry.Sessions;
using Muster.Testing.Contract;
using RemovalReason = Muster.Core.Model.RemovalReason;

namespace Muster.Simulation;

/// <summary>The registry's end of a session stream, as its SessionCalls and SessionStream are: those two stand on Kestrel, all that
/// they call is the product.</summary>
internal sealed class SimSession : ISessionPeer
{
    private readonly World _world;
    private readonly SimNode _node;
    private readonly SimStream _stream;
    private readonly Action<SessionResponse> _toClient;
    private readonly CancellationTokenSource _ending = new();
    private readonly long _generation;
    private LeaseId _lease;
    private uint _ttlMs;
    private bool _answersPings;
    private bool _isOver;

    public SimSession(World world, SimNode node, SimStream stream, Action<SessionResponse> toClient)
    {
        _world = world;
        _node = node;
        _stream = stream;
        _toClient = toClient;
        _generation = node.NextGeneration();
        stream.ServerEnd = OnEnd;
        node.Streams.Add(stream);
    }

    public string Client { get; private set; } = "";

    public bool AnswersPings => _answersPings && _node.Fault != Fault.DeafHolderKept;

    public bool IsBusy => false;

    public void Ping()
    {
        _world.Record(new HistoryEvent.Pinged(_world.Now, _lease));
        Send(new SessionResponse { Ping = new Ping() });
        if (_node.Fault == Fault.StallTakenForDeafness)
        {
            TakeStallForDeafness(_world.Now);
        }
    }

    public void Receive(SessionRequest request)
    {
        if (_isOver)
        {
            return;
        }

        if (_node.Fault != Fault.PingAnswerIgnored)
        {
            _node.Leases.Heard(_lease);
        }

        if (request.Renew is null && _lease != LeaseId.None)
        {
            _world.Record(new HistoryEvent.Heard(_world.Now, _lease));
        }

        switch (request.RequestCase)
        {
            case SessionRequest.RequestOneofCase.Pong:
                break;
            case SessionRequest.RequestOneofCase.Open:
                _ = GuardAsync(OpenAsync(request));
                break;
            case SessionRequest.RequestOneofCase.Renew:
                Renew(request);
                break;
            default:
                _ = GuardAsync(HandleAsync(request));
                break;
        }
    }

    public void OnExpired()
    {
        _isOver = true;
        _stream.EndByServer(StatusCode.NotFound);
        _node.Process.Post(_ => _ending.Cancel(), null);
    }

    public void OnRestored()
    {
        _isOver = true;
        _stream.EndByServer(StatusCode.Unavailable);
        _node.Process.Post(_ => _ending.Cancel(), null);
    }

    public void OnFinal(FinalAnswer answer) => Send(answer.Removal.Reason == RemovalReason.Superseded
        ? new SessionResponse { Superseded = new Superseded { InstanceId = answer.Instance.Id, ByInstanceId = answer.ByInstanceId } }
        : new SessionResponse { RemovedByOperator = new RemovedByOperator { InstanceId = answer.Instance.Id, Reason = answer.Removal.Evidence } });

    public void OnDrainRequested(InstanceKey instance) =>
        Send(new SessionResponse { DrainRequested = new DrainRequested { InstanceId = instance.Id } });

    private void OnEnd()
    {
        _isOver = true;
        if (_lease != LeaseId.None)
        {
            Detach(_lease);
        }

        _ending.Cancel();
    }

    private async Task OpenAsync(SessionRequest request)
    {
        Client = request.Open.Client;
        _answersPings = request.Open.AnswersPings;
        _ttlMs = request.Open.TtlMs;
        var asked = new LeaseId(request.Open.LeaseId);
        var ttl = TimeSpan.FromMilliseconds(request.Open.TtlMs);
        var isResumed = asked != LeaseId.None && _node.Leases.Attach(asked, _generation, this);
        var lease = asked;
        var isAttached = isResumed;
        if (!isResumed)
        {
            var answer = await _node.Registrar.OpenLeaseAsync(ttl, _ending.Token);
            if (!answer.TryGet(out lease, out var refusal))
            {
                _isOver = true;
                _stream.EndByServer(refusal.Code());
                return;
            }

            isAttached = _node.Leases.Attach(lease, _generation, this);
        }

        if (isAttached)
        {
            _node.Renewed(lease);
            _world.Record(new HistoryEvent.SessionOpened(_world.Now, lease, _answersPings));
        }

        _lease = lease;
        if (_isOver)
        {
            Detach(lease);
            return;
        }

        if (_node.Fault == Fault.LateExpiry && lease.Value % 8 == 3)
        {
            RenewForEver(lease);
        }

        foreach (var answer in _node.Leases.FinalAnswersOf(asked))
        {
            OnFinal(answer);
        }

        Send(new SessionResponse
        {
            RequestId = request.RequestId,
            Opened = new Opened
            {
                LeaseId = lease.Value,
                TtlMs = (uint)(_node.Registrar.Current.Leases.GetValueOrDefault(lease)?.Lease.Ttl ?? ttl).TotalMilliseconds,
                Resumed = isResumed,
                Node = _node.Identity.Name,
                StoreId = _node.Registrar.Current.StoreId,
                ListensBeyondLoopback = true,
            },
        });
    }

    private void Renew(SessionRequest request)
    {
        if (_node.Fault == Fault.EarlyExpiry && _lease.Value % 8 == 3)
        {
            _node.Renewed(_lease);
            Send(new SessionResponse { RequestId = request.RequestId, Renewed = new Renewed { TtlMs = _ttlMs } });
            return;
        }

        // Whatever the answer: a report that is refused does not take the renewal back.
        _node.Leases.Confirm(_lease, _generation, this);
        var isRunning = _node.Leases.IsRunning(_lease);
        var answer = _node.Calls.Renew(_lease, request.Renew.Reports);
        if (isRunning)
        {
            _node.Renewed(_lease);
        }

        Answer(request.RequestId, answer, ttl => new SessionResponse { Renewed = new Renewed { TtlMs = ttl } });
    }

    private async Task HandleAsync(SessionRequest request)
    {
        switch (request.RequestCase)
        {
            case SessionRequest.RequestOneofCase.Register:
                var arrived = _world.Now;
                var answer = await _node.Calls.RegisterAsync(request.Register, _lease, _ending.Token);
                _node.RecordRefusal(request.Register, answer.Refusal, arrived);
                Answer(request.RequestId, answer, registered => new SessionResponse { Registered = registered });
                break;
            case SessionRequest.RequestOneofCase.Deregister:
                Answer(request.RequestId, await _node.Calls.DeregisterAsync(request.Deregister, _lease, _ending.Token),
                    deregistered => new SessionResponse { Deregistered = deregistered });
                break;
            case SessionRequest.RequestOneofCase.SetIntent:
                Answer(request.RequestId, await _node.Calls.SetIntentAsync(request.SetIntent, _lease, Client, _ending.Token),
                    set => new SessionResponse { IntentSet = set });
                break;
        }
    }

    private void Answer<T>(ulong requestId, Answer<T> answer, Func<T, SessionResponse> respond)
    {
        var response = answer.Refusal is { } refusal
            ? new SessionResponse { Fault = new Protocol.V1.Fault { Code = (int)refusal.Code(), Message = refusal.Message } }
            : respond(answer.Value);
        response.RequestId = requestId;
        if (requestId != 0 || answer.Refusal is not null)
        {
            Send(response);
        }
    }

    private void Send(SessionResponse response)
    {
        if (!_isOver)
        {
            _stream.Down(() => _toClient(response));
        }
    }

    private void Detach(LeaseId lease)
    {
        _node.Leases.Detach(lease, _generation, this, isSilent: false);
        if (!_node.Leases.HasStream(lease))
        {
            _world.Record(new HistoryEvent.SessionLost(_world.Now, lease));
        }
    }

    // What the ping table would do if it did not look at how long it really waited.
    private void TakeStallForDeafness(TimeSpan pingedAt)
    {
        var lease = _lease;
        _world.At(_node.Process, pingedAt + Limits.PingPatience, this, () =>
        {
            if (!_isOver && _world.Now - pingedAt >= Limits.PingPatience + Limits.StallMin)
            {
                _node.Leases.Detach(lease, _generation, this, isSilent: false);
                _node.Leases.Attach(lease, _node.NextGeneration(), this);
            }
        });
    }

    private void RenewForEver(LeaseId lease) => _world.At(_node.Process, _world.Now + TimeSpan.FromSeconds(0.5), this, () =>
    {
        if (_node.Leases.Renew(lease) is not null)
        {
            RenewForEver(lease);
        }
    });

    private async Task GuardAsync(Task handling)
    {
        try
        {
            await handling;
        }
        catch (OperationCanceledException)
        {
            // The stream ended while the request ran; there is nobody to answer.
        }
        catch (Exception e)
        {
            _world.Fail(e);
        }
    }
}
