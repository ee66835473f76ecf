using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing.Contract;
using InstanceKey = Muster.Core.Model.InstanceKey;
using LeaseId = Muster.Core.Model.LeaseId;
using Recording = Muster.Testing.Contract.History;
using Revision = Muster.Core.Model.Revision;
using ServiceKey = Muster.Core.Model.ServiceKey;

namespace Muster.Registry.Tests.Contract;

/// <summary>A provider with one session that records what it asks for and what it is told.</summary>
internal sealed class RecordedProvider(GrpcClient client, Recording history, Func<TimeSpan> now) : IAsyncDisposable
{
    private static long s_operation;

    private readonly StreamingCall<SessionRequest, SessionResponse> _session = client.Streaming(RegistryMethods.Session);
    private ulong _request;
    private Opened? _opened;

    public string Id { get; private set; } = "";

    private LeaseId Lease => new(_opened!.LeaseId);

    public async Task OpenAsync(TimeSpan ttl)
    {
        var sent = now();
        _opened = (await AskAsync(new SessionRequest { Open = new Open { TtlMs = (uint)ttl.TotalMilliseconds, Client = "recorded" } })).Opened;
        history.Add(() => new HistoryEvent.Renewed(now(), Lease, sent));
    }

    public async Task<ulong> RegisterAsync(Instance instance)
    {
        Id = instance.Id;
        var operation = Invoke(OperationKind.Register);
        var registered = (await AskAsync(new SessionRequest
        {
            Register = new RegisterRequest { Instance = instance, LeaseId = _opened!.LeaseId },
        })).Registered;
        Acknowledge(operation, registered.Revision);
        return registered.Revision;
    }

    public async Task RenewAsync()
    {
        var sent = now();
        await AskAsync(new SessionRequest { Renew = new Renew() });
        history.Add(() => new HistoryEvent.Renewed(now(), Lease, sent));
    }

    public async Task DeregisterAsync()
    {
        var operation = Invoke(OperationKind.Deregister);
        var answer = await AskAsync(new SessionRequest
        {
            Deregister = new DeregisterRequest { Service = "calculator", InstanceId = Id, LeaseId = _opened!.LeaseId },
        });
        Acknowledge(operation, answer.Deregistered.Revision);
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private long Invoke(OperationKind kind)
    {
        var operation = Interlocked.Increment(ref s_operation);
        history.Add(() => new HistoryEvent.Invoked(
            now(), operation, kind, new InstanceKey(ServiceKey.Default("calculator"), Id), Lease));
        return operation;
    }

    private void Acknowledge(long operation, ulong revision) =>
        history.Add(() => new HistoryEvent.Acknowledged(now(), operation, _opened!.StoreId, new Revision(revision)));

    private async Task<SessionResponse> AskAsync(SessionRequest request)
    {
        request.RequestId = ++_request;
        await _session.WriteAsync(request);
        while (await _session.ReadAsync() is { } answer)
        {
            if (answer.RequestId == request.RequestId)
            {
                return answer.Fault is { } fault ? throw new InvalidOperationException(fault.Message) : answer;
            }
        }

        throw new InvalidOperationException("The registry ended the session.");
    }
}
