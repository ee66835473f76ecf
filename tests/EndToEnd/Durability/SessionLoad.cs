using System.Globalization;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Durability;

/// <summary>A provider with a session: several requests under way at once, all instances under one lease, which it resumes.</summary>
internal sealed class SessionLoad(Ledger ledger, int number)
{
    private const int ListedMax = 150;
    private const int InFlightMax = 32;

    private readonly List<Tracked> _mine = [];
    private int _next;
    private ulong _lease;
    private ulong _lastRequest;

    /// <summary>Goes on until the registry is gone.</summary>
    public async Task RunAsync(GrpcClient client, Random random)
    {
        try
        {
            await using var call = client.Streaming(RegistryMethods.Session);
            await OpenAsync(call);
            var inFlight = new Dictionary<ulong, Tracked>();
            while (true)
            {
                while (inFlight.Count < InFlightMax && Choose(random) is { } request)
                {
                    inFlight.Add(request.Request.RequestId, request.Tracked);
                    await call.WriteAsync(request.Request);
                }

                var answer = await ReadAsync(call);
                if (!inFlight.Remove(answer.RequestId, out var tracked))
                {
                    throw new InvalidOperationException($"Nobody asked for {answer}.");
                }

                ledger.Acknowledge(tracked, answer.ResponseCase switch
                {
                    SessionResponse.ResponseOneofCase.Registered => answer.Registered.Revision,
                    SessionResponse.ResponseOneofCase.Deregistered => answer.Deregistered.Revision,
                    SessionResponse.ResponseOneofCase.IntentSet => answer.IntentSet.Revision,
                    _ => throw new InvalidOperationException($"{tracked.Id}: {answer}"),
                });
            }
        }
        catch (RpcException e) when (UnaryLoad.IsLoss(e))
        {
            // Killed; what was asked last may be there or not.
        }
    }

    private async Task OpenAsync(StreamingCall<SessionRequest, SessionResponse> call)
    {
        await call.WriteAsync(new SessionRequest
        {
            RequestId = ++_lastRequest,
            Open = new Open { LeaseId = _lease, TtlMs = UnaryLoad.TtlMs, Client = $"load {number}" },
        });
        var opened = (await ReadAsync(call)).Opened;
        if (_lease != 0 && !(opened.Resumed && opened.LeaseId == _lease))
        {
            throw new InvalidOperationException($"Lease {_lease} was acknowledged, and is lost: {opened}");
        }

        _lease = opened.LeaseId;
    }

    private static async Task<SessionResponse> ReadAsync(StreamingCall<SessionRequest, SessionResponse> call) =>
        await call.ReadAsync() ?? throw new InvalidOperationException("The registry ended the session well, which nobody asked for.");

    private (SessionRequest Request, Tracked Tracked)? Choose(Random random)
    {
        _mine.RemoveAll(t => !t.IsPending && !t.IsListed);
        var request = new SessionRequest { RequestId = ++_lastRequest };
        var choice = random.Next(100);
        var idle = _mine.Where(t => !t.IsPending).ToList();
        if (idle.Count == 0 && _mine.Count >= ListedMax)
        {
            return null;
        }

        if (idle.Count == 0 || (choice < 45 && _mine.Count < ListedMax))
        {
            var tracked = ledger.Add(new Tracked(
                string.Create(CultureInfo.InvariantCulture, $"s{number}-{++_next}"),
                string.Create(CultureInfo.InvariantCulture, $"10.{100 + number}.{_next / 250}.{_next % 250}")));
            _mine.Add(tracked);
            request.Register = new RegisterRequest { Instance = tracked.Register() };
            return (request, tracked);
        }

        var chosen = idle[random.Next(idle.Count)];
        if (choice < 60)
        {
            request.Register = new RegisterRequest { Instance = chosen.Register() };
        }
        else if (choice < 75)
        {
            request.SetIntent = new SetIntentRequest { Service = Ledger.Service, InstanceId = chosen.Id, Intent = chosen.Toggle() };
        }
        else
        {
            chosen.Deregister();
            request.Deregister = new DeregisterRequest { Service = Ledger.Service, InstanceId = chosen.Id };
        }

        return (request, chosen);
    }
}
