using Muster.Protocol.V1;

namespace Muster.Client.Tests.Scripted;

/// <summary>The usual turns of a session, so that a test shows only what is unusual.</summary>
internal static class SessionScripts
{
    /// <summary>Answers Open.</summary>
    /// <returns>What the client sent.</returns>
    public static async Task<Open> OpenAsync(
        this ScriptedStream<SessionRequest, SessionResponse> session, ulong lease = 77, bool resumed = false, uint ttlMs = 10_000,
        bool listensBeyondLoopback = false)
    {
        var request = await session.ReadAsync();
        Assert.Equal(SessionRequest.RequestOneofCase.Open, request.RequestCase);
        await session.SendAsync(new SessionResponse
        {
            RequestId = request.RequestId,
            Opened = new Opened
            {
                LeaseId = lease, TtlMs = ttlMs, Resumed = resumed, Node = "node-1", StoreId = "store-1",
                ListensBeyondLoopback = listensBeyondLoopback,
            },
        });
        return request.Open;
    }

    /// <summary>Answers the next Register.</summary>
    public static async Task<RegisterRequest> AcceptAsync(this ScriptedStream<SessionRequest, SessionResponse> session)
    {
        var request = await session.NextAsync(SessionRequest.RequestOneofCase.Register);
        await session.SendAsync(new SessionResponse
        {
            RequestId = request.RequestId,
            Registered = new RegisterResponse { InstanceId = request.Register.Instance.Id, LeaseId = 77, TtlMs = 10_000, Revision = 1 },
        });
        return request.Register;
    }

    /// <summary>The next request of a kind; reports and heartbeats before it are passed over.</summary>
    public static async Task<SessionRequest> NextAsync(
        this ScriptedStream<SessionRequest, SessionResponse> session, SessionRequest.RequestOneofCase kind)
    {
        while (true)
        {
            var request = await session.ReadAsync();
            if (request.RequestCase == kind)
            {
                return request;
            }

            Assert.Equal(SessionRequest.RequestOneofCase.Renew, request.RequestCase);
            if (request.RequestId != 0)
            {
                await session.SendAsync(new SessionResponse { RequestId = request.RequestId, Renewed = new Renewed { TtlMs = 10_000 } });
            }
        }
    }

    public static Task FailAsync(
        this ScriptedStream<SessionRequest, SessionResponse> session, SessionRequest request, Grpc.StatusCode code, string message) =>
        session.SendAsync(new SessionResponse { RequestId = request.RequestId, Fault = new Fault { Code = (int)code, Message = message } });
}
