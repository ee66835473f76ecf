using System.Globalization;
using Google.Protobuf;
using Muster.EndToEnd.Processes;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Durability;

/// <summary>A registry that is killed while it restores a backup.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class RestoreKillTests(ITestOutputHelper output)
{
    private const int BackedUp = 40;

    [Theory]
    [InlineData(1)]
    public async Task Kill_DuringARestore_LeavesTheOneStateOrTheOther(int seed)
    {
        var random = new Random(seed);
        using var data = new TemporaryDirectory();
        byte[]? backup = null;
        ListInstancesResponse? before = null;
        var (isAcknowledged, restored) = (false, 0);
        for (var round = 0; round <= 10; round++)
        {
            await using var system = await TestSystem.StartAsync(data.Path);
            using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
            var client = new GrpcClient(invoker, new Uri($"http://{system.Registry}"), new GrpcClientOptions { TimeProvider = TimeProvider.System });
            if (backup is null)
            {
                await Task.WhenAll(Enumerable.Range(0, BackedUp).Select(i => RegisterAsync(client, $"i{i}", i)));
                backup = await BackupAsync(client);
            }
            else
            {
                restored += Check(before!, await ListAsync(client), isAcknowledged) ? 1 : 0;
            }

            // Not in the backup, so that it shows which of the two states it is.
            await RegisterAsync(client, string.Create(CultureInfo.InvariantCulture, $"later{round}"), 100 + round);
            before = await ListAsync(client);
            var restoring = RestoreAsync(client, backup);
            await Task.Delay(random.Next(80));
            system.RegistryProcess.Kill();
            await system.RegistryProcess.ExitAsync();
            isAcknowledged = await restoring;
        }

        output.WriteLine($"{restored} of 10 restores were through when the kill came");
    }

    /// <summary>Whether the restore took place; fails the test if it did by half.</summary>
    private static bool Check(ListInstancesResponse before, ListInstancesResponse after, bool isAcknowledged)
    {
        var isRestored = after.Token.StoreId != before.Token.StoreId;
        Assert.True(isRestored || !isAcknowledged, "The restore was acknowledged, and did not last.");
        Assert.Equal(
            isRestored ? Enumerable.Range(0, BackedUp).Select(i => $"i{i}").Order() : before.Instances.Select(i => i.Instance.Id).Order(),
            after.Instances.Select(i => i.Instance.Id).Order());
        Assert.True(isRestored ? after.Token.Revision > before.Token.Revision : after.Token.Revision == before.Token.Revision);
        return isRestored;
    }

    private static async Task<bool> RestoreAsync(GrpcClient client, byte[] backup)
    {
        try
        {
            await using var call = client.Streaming(RegistryMethods.Restore);
            await call.WriteAsync(new RestoreRequest { Data = ByteString.CopyFrom(backup) });
            await call.CompleteWritesAsync();
            return await call.ReadAsync() is not null;
        }
        catch (RpcException e) when (UnaryLoad.IsLoss(e))
        {
            return false;
        }
    }

    private static async Task<byte[]> BackupAsync(GrpcClient client)
    {
        await using var call = client.ServerStreaming(RegistryMethods.Backup, new BackupRequest());
        var bytes = new MemoryStream();
        await foreach (var part in call.ReadAllAsync())
        {
            part.Data.WriteTo(bytes);
        }

        return bytes.ToArray();
    }

    private static Task<ListInstancesResponse> ListAsync(GrpcClient client) =>
        client.UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = Ledger.Service });

    private static Task<RegisterResponse> RegisterAsync(GrpcClient client, string id, int number) => client.UnaryAsync(
        RegistryMethods.Register, new RegisterRequest
        {
            TtlMs = UnaryLoad.TtlMs,
            Instance = new Instance
            {
                Service = Ledger.Service,
                Id = id,
                Host = string.Create(CultureInfo.InvariantCulture, $"10.0.0.{number}"),
                Endpoints = { new Endpoint { Scheme = "http", Protocol = Protocol.V1.Protocol.Http2, Port = 80 } },
            },
        });
}
