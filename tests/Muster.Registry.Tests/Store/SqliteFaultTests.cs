using Microsoft.Extensions.Logging.Abstractions;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Store;

namespace Muster.Registry.Tests.Store;

/// <summary>Files as crashes and broken disks leave them. Whatever the damage: what opens is a state that was acknowledged, and
/// what does not says so by path and is left as it was.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private static readonly ServiceKey Service = ServiceKey.Default("calculator");
    private readonly string _folder = Directory.CreateTempSubdirectory("muster-fault-").FullName;

    // What is listed after each revision, as "id weight".
    private readonly Dictionary<ulong, string[]> _states = new() { [0] = [] };

    private string Data => Path.Combine(_folder, "data");

    private string Image => Path.Combine(_folder, "image");

    private string ImageFile => Path.Combine(Image, "muster.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Open_LogCutShort_HasAStateThatWasAcknowledged(int seed)
    {
        await CrashAsync();
        var log = await File.ReadAllBytesAsync(ImageFile + "-wal");
        var file = await File.ReadAllBytesAsync(ImageFile);
        var random = new Random(seed);
        var revisions = new HashSet<ulong>();
        for (var i = 0; i < 20; i++)
        {
            await File.WriteAllBytesAsync(ImageFile, file);
            await File.WriteAllBytesAsync(ImageFile + "-wal", log[..random.Next(log.Length)]);

            revisions.Add(await OpensSoundAsync() ?? throw new InvalidOperationException("A log that ends early is no damage."));
        }

        Assert.True(revisions.Count > 3, "The cuts never hit the log's middle, so they prove nothing.");
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task Open_FileCutShort_IsRefusedUntouchedOrSound(int seed, bool withLog)
    {
        await CrashAsync(withLog);
        var random = new Random(seed);
        var file = await File.ReadAllBytesAsync(ImageFile);
        var log = withLog ? await File.ReadAllBytesAsync(ImageFile + "-wal") : null;
        for (var i = 0; i < 20; i++)
        {
            await PrepareAsync(file[..random.Next(file.Length)], log);

            await OpensSoundAsync();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Open_BytesFlipped_IsRefusedUntouchedOrSound(int seed)
    {
        await CrashAsync(withLog: false);
        var random = new Random(seed);
        var file = await File.ReadAllBytesAsync(ImageFile);
        var refused = 0;
        for (var i = 0; i < 60; i++)
        {
            var damaged = file.ToArray();
            // The first page now and then: it says how to read all the others.
            var at = random.Next(3) == 0 ? random.Next(100) : random.Next(file.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            await PrepareAsync(damaged, null);

            refused += await OpensSoundAsync() is null ? 1 : 0;
        }

        Assert.True(refused > 5, "The flips never hit what is read, so they prove nothing.");
    }

    [Fact]
    public async Task Open_FileLostBesideItsLog_IsRefused()
    {
        await CrashAsync();
        File.Delete(ImageFile);

        Assert.Null(await OpensSoundAsync());
    }

    [Fact]
    public async Task Open_CrashWhileItWasCreated_BeginsEmpty()
    {
        Directory.CreateDirectory(Image);
        await File.WriteAllTextAsync(ImageFile + ".new", "half of");

        Assert.Equal(0ul, await OpensSoundAsync());
    }

    /// <summary>Fills a store, and copies its files as they are while it is in use: what SIGKILL leaves.</summary>
    private async Task CrashAsync(bool withLog = true)
    {
        var store = SqliteStore.Open(Data, "store-test", NullLogger.Instance, TimeProvider.System);
        var listed = new SortedDictionary<string, int>(StringComparer.Ordinal);
        await store.CommitAsync([new(new RecordChange.LeasePut(new LeaseRecord(new LeaseId(7), TimeSpan.FromSeconds(10), "node")), null)], default);
        _states[1] = [];
        for (var i = 0; i < 120; i++)
        {
            var id = $"i{i % 50:00}";
            RecordChange change = i % 4 == 3 && listed.ContainsKey(id)
                ? new RecordChange.InstanceRemoved(Instance(id, 1).AddressKey, id, new Removal(RemovalReason.Deregistered, "test", default))
                : new RecordChange.InstancePut(Instance(id, i + 1));
            if (change is RecordChange.InstanceRemoved)
            {
                listed.Remove(id);
            }
            else
            {
                listed[id] = i + 1;
            }

            var result = await store.CommitAsync([new(change, null)], default);
            Assert.True(result.AllCommitted);
            _states[result.Revision.Value] = Describe(listed.Select(l => Instance(l.Key, l.Value)));
        }

        if (!withLog)
        {
            await store.DisposeAsync();
        }

        Directory.CreateDirectory(Image);
        foreach (var path in Directory.EnumerateFiles(Data, "muster.db*").Where(p => !p.EndsWith("-shm", StringComparison.Ordinal)))
        {
            File.Copy(path, Path.Combine(Image, Path.GetFileName(path)));
        }

        await store.DisposeAsync();
    }

    private async Task PrepareAsync(byte[] file, byte[]? log)
    {
        Directory.Delete(Image, recursive: true);
        Directory.CreateDirectory(Image);
        await File.WriteAllBytesAsync(ImageFile, file);
        if (log is not null)
        {
            await File.WriteAllBytesAsync(ImageFile + "-wal", log);
        }
    }

    /// <summary>Opens the image.</summary>
    /// <returns>The revision that it is at; null if it was refused.</returns>
    private async Task<ulong?> OpensSoundAsync()
    {
        var before = Contents();
        SqliteStore store;
        try
        {
            store = SqliteStore.Open(Image, "store-new", NullLogger.Instance, TimeProvider.System);
        }
        catch (StoreUnavailableException e)
        {
            Assert.StartsWith(ImageFile, e.Message, StringComparison.Ordinal);
            Assert.Equal(before, Contents());
            return null;
        }

        var snapshot = await store.LoadAsync(default);
        await WorksAsync(store, snapshot.Revision);
        await store.DisposeAsync();
        Assert.True(_states.ContainsKey(snapshot.Revision.Value), $"It opens at revision {snapshot.Revision}, which was never acknowledged.");
        Assert.Equal(_states[snapshot.Revision.Value], Describe(snapshot.Services.GetValueOrDefault(Service)?.Instances.Values ?? []));
        return snapshot.Revision.Value;
    }

    /// <summary>What opens must also work: its history is read, and every table and index takes a change.</summary>
    private static async Task WorksAsync(SqliteStore store, Revision revision)
    {
        var instance = Instance("i99", 1) with { Lease = new LeaseId(99) };
        await store.LoadRemovalsAsync(revision, default);
        var put = await store.CommitAsync(
            [
                new(new RecordChange.LeasePut(new LeaseRecord(instance.Lease, TimeSpan.FromSeconds(10), "node")), null),
                new(new RecordChange.InstancePut(instance), null),
                new(new RecordChange.HoldPut(new Hold(instance.Key, Intent.Out, "ann", default)), null),
            ], default);
        var removed = await store.CommitAsync(
            [new(new RecordChange.InstanceRemoved(instance.AddressKey, "i99", new Removal(RemovalReason.Operator, "test", default)), null)], default);
        Assert.True(put.AllCommitted && removed.AllCommitted);
    }

    // Without SQLite's shared memory, and a log that is empty: neither holds anything.
    private Dictionary<string, string> Contents() => Directory.Exists(Image)
        ? Directory.EnumerateFiles(Image, "muster.db*")
            .Where(f => !f.EndsWith("-shm", StringComparison.Ordinal) && !(f.EndsWith("-wal", StringComparison.Ordinal) && new FileInfo(f).Length == 0))
            .ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(File.ReadAllBytes(f)))
        : [];

    private static string[] Describe(IEnumerable<InstanceRecord> instances) =>
        [.. instances.Select(i => $"{i.Key.Id} {i.Address} {i.Weight} {string.Join(',', i.Metadata)} {i.Lease.Value}").Order(StringComparer.Ordinal)];

    private static InstanceRecord Instance(string id, int weight) => new()
    {
        Key = new InstanceKey(Service, id),
        Host = "10.0.0.1",
        Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, 1000 + int.Parse(id[1..]))],
        Weight = weight,
        Metadata = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add("version", new string('v', 40)),
        Lease = new LeaseId(7),
        RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000),
    };
}
