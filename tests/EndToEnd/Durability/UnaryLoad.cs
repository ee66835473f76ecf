using System.Globalization;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Durability;

/// <summary>A simple client: one call after the other, each instance under a lease of its own.</summary>
internal sealed class UnaryLoad(Ledger ledger, int number)
{
    private const int ListedMax = 60;

    // Longer than any run, so that nothing leaves by itself.
    public const uint TtlMs = 600_000;

    private readonly List<Tracked> _mine = [];
    private int _next;

    /// <summary>Goes on until the registry is gone.</summary>
    public async Task RunAsync(GrpcClient client, Random random)
    {
        try
        {
            while (true)
            {
                await StepAsync(client, random);
            }
        }
        catch (RpcException e) when (IsLoss(e))
        {
            // Killed; what was asked last may be there or not.
        }
    }

    /// <summary>Whether a call ended as it does when its server is gone. Whatever else it ends with is an answer, and wrong.</summary>
    public static bool IsLoss(RpcException e) =>
        e.Code is StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.Internal or StatusCode.Unknown;

    private async Task StepAsync(GrpcClient client, Random random)
    {
        _mine.RemoveAll(t => !t.IsListed);
        var choice = random.Next(100);
        if (_mine.Count == 0 || (choice < 45 && _mine.Count < ListedMax))
        {
            var tracked = ledger.Add(new Tracked(
                string.Create(CultureInfo.InvariantCulture, $"u{number}-{++_next}"),
                string.Create(CultureInfo.InvariantCulture, $"10.{number}.{_next / 250}.{_next % 250}")));
            _mine.Add(tracked);
            await RegisterAsync(client, tracked);
            return;
        }

        var chosen = _mine[random.Next(_mine.Count)];
        if (choice < 60 || chosen.Lease == 0)
        {
            await RegisterAsync(client, chosen);
        }
        else if (choice < 75)
        {
            var set = await client.UnaryAsync(RegistryMethods.SetIntent, new SetIntentRequest
            {
                Service = Ledger.Service,
                InstanceId = chosen.Id,
                LeaseId = chosen.Lease,
                Intent = chosen.Toggle(),
            });
            ledger.Acknowledge(chosen, set.Revision);
        }
        else
        {
            chosen.Deregister();
            var gone = await client.UnaryAsync(RegistryMethods.Deregister, new DeregisterRequest
            {
                Service = Ledger.Service,
                InstanceId = chosen.Id,
                LeaseId = chosen.Lease,
            });
            ledger.Acknowledge(chosen, gone.Revision);
        }
    }

    private async Task RegisterAsync(GrpcClient client, Tracked tracked)
    {
        var registered = await client.UnaryAsync(
            RegistryMethods.Register, new RegisterRequest { Instance = tracked.Register(), LeaseId = tracked.Lease, TtlMs = TtlMs });
        tracked.Lease = registered.LeaseId;
        ledger.Acknowledge(tracked, registered.Revision);
    }
}
