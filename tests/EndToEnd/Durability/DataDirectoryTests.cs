using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Muster.EndToEnd.Processes;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Durability;

/// <summary>What <c>./muster registry --data</c> says to a directory that it cannot use: one sentence, exit code 1, and every byte
/// is left as it was.</summary>
public sealed class DataDirectoryTests
{
    [Fact]
    public async Task Start_DirectoryThatDoesNotExist_IsCreated()
    {
        using var folder = new TemporaryDirectory();
        var data = Path.Combine(folder.Path, "new", "deep");

        await using var system = await TestSystem.StartAsync(data);

        Assert.True(File.Exists(Path.Combine(data, "muster.db")));
    }

    [Fact]
    public async Task Start_PathThatIsAFile_IsRefused()
    {
        using var folder = new TemporaryDirectory();
        var file = Path.Combine(folder.Path, "notes.txt");
        await File.WriteAllTextAsync(file, "mine");

        await RefusedAsync(file, file);

        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Start_SecondOnTheSameDirectory_IsToldWhoHasIt()
    {
        using var folder = new TemporaryDirectory();
        await using var first = await TestSystem.StartAsync(folder.Path);

        var sentence = await RefusedAsync(folder.Path, folder.Path);

        Assert.Contains("used by another registry, process ", sentence, StringComparison.Ordinal);
        Assert.Contains(first.RegistryProcess.Id.ToString(CultureInfo.InvariantCulture), sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text", "is not a file of Muster's")]
    [InlineData("foreign", "not one of Muster's")]
    [InlineData("foreign-wal", "not one of Muster's")]
    [InlineData("newer", "has schema version 99")]
    [InlineData("empty", "is damaged: it has 0 bytes")]
    [InlineData("torn", "is damaged")]
    [InlineData("lost", "is missing, but")]
    public async Task Start_FileThatIsNotASoundStore_IsRefusedAndUntouched(string kind, string expected)
    {
        using var folder = new TemporaryDirectory();
        var file = Path.Combine(folder.Path, "muster.db");
        await PrepareAsync(folder.Path, file, kind);
        var before = Contents(folder.Path);

        var sentence = await RefusedAsync(folder.Path, file);

        Assert.Contains(expected, sentence, StringComparison.Ordinal);
        Assert.Equal(before, Contents(folder.Path));
    }

    [Fact]
    public async Task Start_ReadOnlyDisk_IsRefused()
    {
        await using var disk = await SmallDisk.MountAsync(8192);
        var data = Path.Combine(disk.Path, "data");
        await using (var system = await TestSystem.StartAsync(data))
        {
            Assert.Equal(0, await StopAsync(system));
        }

        await disk.MakeReadOnlyAsync();
        var before = Contents(data);

        var sentence = await RefusedAsync(data, data);

        Assert.Contains("ead-only", sentence, StringComparison.Ordinal);
        Assert.Equal(before, Contents(data));
    }

    [Fact]
    public async Task Register_DiskFull_IsUnavailableUntilThereIsRoomAndLosesNothing()
    {
        await using var disk = await SmallDisk.MountAsync(2048);
        var listed = new List<string>();
        await using (var system = await TestSystem.StartAsync(disk.Path))
        {
            using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
            var client = new GrpcClient(invoker, new Uri($"http://{system.Registry}"), new GrpcClientOptions { TimeProvider = TimeProvider.System });
            listed.Add(await RegisterAsync(client, 1));
            disk.Fill();

            // The log has some room of its own, which a few commits still find.
            RpcException? refusal = null;
            var refusedCount = 0;
            var began = Stopwatch.StartNew();
            for (var i = 0; i < 2000 && refusedCount < 10; i++)
            {
                try
                {
                    listed.Add(await RegisterAsync(client, 3 + i));
                }
                catch (RpcException e)
                {
                    refusal = e;
                    refusedCount++;
                }
            }

            // A log line for each would fill the next disk.
            await system.RegistryProcess.WaitForLineAsync("muster.db cannot be written, nor");
            var toldMax = 1 + (int)(began.Elapsed / TimeSpan.FromSeconds(10));
            Assert.InRange(system.RegistryProcess.Transcript.Split("muster.db cannot be written, nor").Length - 1, 1, toldMax);

            Assert.Equal(StatusCode.Unavailable, refusal?.Code);
            Assert.Contains("muster.db cannot be written: the disk is full; make room, and the registry goes on by itself.", refusal!.Status.Detail, StringComparison.Ordinal);
            Assert.Equal(listed.Order(), await ListAsync(client));

            disk.MakeRoom();
            listed.Add(await RegisterAsync(client, 2));
            Assert.Equal(listed.Order(), await ListAsync(client));
            system.RegistryProcess.Signal("KILL");
            await system.RegistryProcess.ExitAsync();
        }

        await using var again = await TestSystem.StartAsync(disk.Path);
        using var againInvoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        Assert.Equal(listed.Order(), await ListAsync(new GrpcClient(
            againInvoker, new Uri($"http://{again.Registry}"), new GrpcClientOptions { TimeProvider = TimeProvider.System })));
    }

    private static async Task PrepareAsync(string data, string file, string kind)
    {
        if (kind is "text")
        {
            await File.WriteAllTextAsync(file, "these are not the bytes that you are looking for, and there are enough of them to fill the header of a database");
            return;
        }

        if (kind is "foreign" or "foreign-wal")
        {
            using var foreign = new SqliteConnection($"Data Source={file};Pooling=False");
            foreign.Open();
            Execute(foreign, $"PRAGMA journal_mode={(kind == "foreign" ? "DELETE" : "WAL")}; CREATE TABLE theirs (x); INSERT INTO theirs VALUES ('keep me')");
            if (kind == "foreign-wal")
            {
                // As a crash leaves it: with a log that opening would tidy away.
                File.Copy(file, file + ".copy");
                File.Copy(file + "-wal", file + "-wal.copy");
                foreign.Close();
                File.Move(file + ".copy", file, overwrite: true);
                File.Move(file + "-wal.copy", file + "-wal");
            }

            return;
        }

        await using (var system = await TestSystem.StartAsync(data))
        {
            if (kind == "lost")
            {
                system.RegistryProcess.Signal("KILL");
                await system.RegistryProcess.ExitAsync();
            }
            else
            {
                Assert.Equal(0, await StopAsync(system));
            }
        }

        switch (kind)
        {
            case "newer":
                using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
                {
                    connection.Open();
                    Execute(connection, "PRAGMA user_version=99");
                }

                break;
            case "empty":
                await File.WriteAllBytesAsync(file, []);
                break;
            case "torn":
                await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file))[..5000]);
                break;
            case "lost":
                File.Delete(file);
                break;
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Every file of a directory but the lock, SQLite's shared memory and an empty log, none of which holds data.</summary>
    private static Dictionary<string, string> Contents(string folder) => Directory.EnumerateFiles(folder)
        .Where(f => Path.GetFileName(f) is not ("lock" or "pid") && !f.EndsWith("-shm", StringComparison.Ordinal)
            && !(f.EndsWith("-wal", StringComparison.Ordinal) && new FileInfo(f).Length == 0))
        .ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(File.ReadAllBytes(f)));

    /// <summary>Starts a registry that must not start.</summary>
    /// <returns>The one line that it says.</returns>
    private static async Task<string> RefusedAsync(string data, string named)
    {
        await using var registry = Programs.Start("Muster.Cli", "muster-cli", "registry", "--port", "0", "--data", data);
        var code = await registry.ExitAsync();
        Assert.True(code == 1, $"exit code {code}:\n{registry.Transcript}");
        Assert.Empty(registry.StandardOutput);
        var sentence = Assert.Single(registry.Transcript.Split('\n'));
        Assert.Contains(named, sentence, StringComparison.Ordinal);
        return sentence;
    }

    private static Task<int> StopAsync(TestSystem system)
    {
        system.RegistryProcess.Signal("TERM");
        return system.RegistryProcess.ExitAsync();
    }

    private static async Task<string> RegisterAsync(GrpcClient client, int number)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"i{number}");
        await client.UnaryAsync(RegistryMethods.Register, new RegisterRequest
        {
            TtlMs = UnaryLoad.TtlMs,
            Instance = new Instance
            {
                Service = Ledger.Service,
                Id = id,
                Host = string.Create(CultureInfo.InvariantCulture, $"10.0.{number / 250}.{number % 250}"),
                Endpoints = { new Endpoint { Scheme = "http", Protocol = Protocol.V1.Protocol.Http2, Port = 80 } },
                Metadata = { ["padding"] = new string('x', 1000) },
            },
        });
        return id;
    }

    private static async Task<IEnumerable<string>> ListAsync(GrpcClient client) =>
        (await client.UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = Ledger.Service })).Instances.Select(i => i.Instance.Id).Order();
}
