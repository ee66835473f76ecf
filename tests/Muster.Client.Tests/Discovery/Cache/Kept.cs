using Muster.Client.Discovery.Cache;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Discovery.Cache;

/// <summary>Views of <c>calculator</c> to keep, and a directory that goes with the test.</summary>
internal static class Kept
{
    public const string Registry = "127.0.0.1:5000";

    public static readonly ServiceKey Service = ServiceKey.Default("calculator");

    public static readonly DateTimeOffset Now = new(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);

    public static KeptView View(params InstanceView[] instances) => new(Service, "store-1", TimeSpan.Zero, [.. instances]);

    public static ServiceView Shown(params InstanceView[] instances) =>
        new(Service, instances.Length == 0 ? ServiceKnowledge.Unknown : ServiceKnowledge.Known, new Revision(7), [.. instances]);

    public static InstanceView Instance(
        string id, Liveness liveness = Liveness.Alive, Health health = Health.Healthy, int weight = 1, string metadata = "") => new(
        new InstanceRecord
        {
            Key = new InstanceKey(Service, id),
            Host = "10.0.0.1",
            Endpoints = [new Endpoint("default", "http", EndpointProtocol.Http2, 5001)],
            Weight = weight,
            Zone = "a",
            Metadata = InstanceMetadata.Of([KeyValuePair.Create("version", $"2{metadata}")]),
            Lease = new LeaseId(0x1122334455667788),
        },
        new SoftState(liveness, health, new LoadReport { CpuUtilization = 0.5 }, TimeSpan.FromSeconds(1), new Stamp("node-1", 3, 4)));

    /// <summary>A directory that is deleted with all that is in it.</summary>
    internal sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("muster-kept-").FullName;

        public string Instances => System.IO.Path.Combine(Path, ViewFolder.Name);

        public string[] Files => Directory.Exists(Instances) ? Directory.GetFiles(Instances) : [];

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
