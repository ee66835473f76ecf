using Google.Protobuf;
using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>One registry, and what it is sent: step by step, each made from its own number.</summary>
internal sealed class FuzzRun(FuzzedRegistry registry, Coverage coverage)
{
    private const int HeldMax = 4;

    private readonly WireClient _client = new(registry.Invoker, registry.GrpcAddress, registry.OnPing);
    private readonly JsonFuzz _json = new(registry, coverage);
    private readonly List<(MethodDescriptor Method, WireStream Stream)> _held = [];
    private readonly List<ulong> _seen = [];

    public async Task StepAsync(int seed)
    {
        var random = new Random(seed);
        switch (random.Next(20))
        {
            case 0:
                await registry.AdvanceAsync(TimeSpan.FromSeconds(random.Next(1, 7)));
                break;
            case 1 or 2 when _held.Count > 0:
                await LeaveAsync(random.Next(_held.Count));
                break;
            case 3 or 4:
                await HoldAsync(random);
                break;
            case 5:
                // At once, and whoever is first: the answers must be right all the same.
                await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CallAsync(new Random(random.Next()))));
                break;
            case 6 or 7 or 8 or 9:
                await _json.StepAsync(random, new MessageMaker(random, Hostility(random), Snapshot()));
                break;
            default:
                await CallAsync(random);
                break;
        }
    }

    /// <summary>Leaves what is held, and says what it heard.</summary>
    public async Task EndAsync()
    {
        while (_held.Count > 0)
        {
            await LeaveAsync(0);
        }
    }

    private static double Hostility(Random random) => new[] { 0, 0, 0.05, 0.3, 1 }[random.Next(5)];

    private static MethodDescriptor AnyMethod(Random random) => RegistryMethods.Service.Methods[random.Next(RegistryMethods.Service.Methods.Count)];

    private async Task CallAsync(Random random)
    {
        var method = AnyMethod(random);
        var (body, isSound) = Body(method, random);
        Check(method, isSound, await registry.RunAsync(_client.CallAsync(method, body), isGrpc: true));
    }

    private async Task HoldAsync(Random random)
    {
        var method = AnyMethod(random);
        var (body, _) = Body(method, random);
        var stream = _client.Begin(method, body);
        await stream.Written;
        _held.Add((method, stream));
        if (_held.Count > HeldMax || random.Next(3) == 0)
        {
            await LeaveAsync(random.Next(_held.Count));
        }
    }

    private async Task LeaveAsync(int index)
    {
        var (method, stream) = _held[index];
        _held.RemoveAt(index);
        using var left = stream;
        Check(method, isSound: false, await stream.LeaveAsync());
    }

    private (byte[] Bytes, bool IsSound) Body(MethodDescriptor method, Random random)
    {
        var hostility = Hostility(random);
        var maker = new MessageMaker(random, hostility, Snapshot());
        var count = method.IsClientStreaming ? random.Next(6) : maker.IsHostile() ? random.Next(3) : 1;
        var messages = Enumerable.Range(0, count).Select(_ => maker.Make(method.InputType)).ToList();
        if (messages is [SessionRequest first, ..] && random.Next(4) > 0)
        {
            // Otherwise hardly any session would get past its first request.
            first.Open = (Open)maker.Make(Open.Descriptor);
        }

        var isBroken = hostility > 0 && random.Next(3) == 0;
        var bytes = WireMutations.Frame([.. messages.Select(m => m.ToByteArray())], random, isBroken);
        return (bytes, !isBroken && (method.IsClientStreaming || count == 1));
    }

    private void Check(MethodDescriptor method, bool isSound, WireAnswer answer)
    {
        foreach (var message in answer.Messages)
        {
            Learn(message);
            var fault = message switch
            {
                SessionResponse { Fault: { } inSession } => new Status((StatusCode)inSession.Code, inSession.Message),
                WatchResponse { Fault: { } inWatch } => new Status((StatusCode)inWatch.Code, inWatch.Message),
                _ => (Status?)null,
            };
            if (fault is { } said)
            {
                Statuses.Check(method.Name, said, isSound: true);
            }
        }

        if (answer.Status is { } status)
        {
            Statuses.Check(method.Name, status, isSound);
        }

        coverage.Add(method.Name, answer.Status?.Code ?? (answer.Messages.Count > 0 ? StatusCode.OK : null));
    }

    private void Learn(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(f => !f.IsRepeated))
        {
            switch (field.Accessor.GetValue(message))
            {
                case ulong lease when field.Name == "lease_id" && lease != 0:
                    lock (_seen)
                    {
                        _seen.Add(lease);
                    }

                    break;
                case IMessage inner:
                    Learn(inner);
                    break;
            }
        }
    }

    private ulong[] Snapshot()
    {
        lock (_seen)
        {
            return [.. _seen.TakeLast(6)];
        }
    }
}
