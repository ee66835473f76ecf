using Muster.Client.Connection;
using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol.V1;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.Client.Tests.Registration;

/// <summary>The session's step without any I/O: time is a number, the registry is the test.</summary>
internal sealed class SessionRig
{
    public SessionStep Step { get; } = new("tests");

    public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    public SessionEntry Add(string id, string? host = "10.0.0.1", TimeSpan? ttl = null)
    {
        var options = new RegistrationOptions
        {
            Service = "calculator",
            Host = host,
            Endpoints = [new Endpoint("default", "http", EndpointProtocol.Http2, 5001)],
            Ttl = ttl ?? TimeSpan.FromSeconds(10),
        };
        var entry = new SessionEntry(options, id, new Backoff(new Random(1)));
        Step.Add(entry);
        return entry;
    }

    /// <summary>Everything there is to send now.</summary>
    public List<SessionSend> TakeAll()
    {
        var all = new List<SessionSend>();
        while (Step.TakeNext(Now) is { } send)
        {
            all.Add(send);
        }

        return all;
    }

    /// <summary>The only request of a kind that there is to send now.</summary>
    public SessionRequest TakeOnly(SessionRequest.RequestOneofCase kind)
    {
        var send = Assert.Single(TakeAll());
        Assert.Equal(kind, send.Message.RequestCase);
        return send.Message;
    }

    /// <summary>A stream comes up.</summary>
    /// <returns>The lease that was asked for.</returns>
    public ulong Open(ulong lease = 77, bool resumed = false, string? detectedHost = "192.168.1.5", uint ttlMs = 10_000,
        string storeId = "store-1")
    {
        Step.OnOpened();
        var open = TakeOnly(SessionRequest.RequestOneofCase.Open);
        Receive(new SessionResponse
        {
            RequestId = open.RequestId,
            Opened = new Opened { LeaseId = lease, Resumed = resumed, TtlMs = ttlMs, StoreId = storeId },
        }, detectedHost);
        return open.Open.LeaseId;
    }

    /// <summary>A stream comes up, and every instance is announced and accepted.</summary>
    public void OpenAndAccept(ulong lease = 77)
    {
        Open(lease);
        foreach (var send in TakeAll())
        {
            Accept(send.Message);
        }

        // The first reports, so that what follows in a test is the test's own.
        TakeAll();
        Step.TakeEffects();
    }

    public void Accept(SessionRequest request) => Receive(request.RequestCase switch
    {
        SessionRequest.RequestOneofCase.Register => new SessionResponse
        {
            RequestId = request.RequestId, Registered = new RegisterResponse { InstanceId = request.Register.Instance.Id },
        },
        SessionRequest.RequestOneofCase.SetIntent => new SessionResponse
        {
            RequestId = request.RequestId, IntentSet = new SetIntentResponse(),
        },
        SessionRequest.RequestOneofCase.Deregister => new SessionResponse
        {
            RequestId = request.RequestId, Deregistered = new DeregisterResponse(),
        },
        _ => new SessionResponse { RequestId = request.RequestId, Renewed = new Renewed { TtlMs = 10_000 } },
    });

    public void Fail(SessionRequest request, StatusCode code, string message = "because") =>
        Receive(new SessionResponse { RequestId = request.RequestId, Fault = new Fault { Code = (int)code, Message = message } });

    public void Receive(SessionResponse response, string? detectedHost = null) => Step.OnReceived(response, Now, detectedHost);

    public void Lose(StatusCode? code = StatusCode.Unavailable, bool wasUp = true) => Step.OnLost(wasUp, code);

    public T Effect<T>()
        where T : SessionEffect => Assert.Single(Step.TakeEffects().OfType<T>());
}
