using System.Collections.Immutable;
using System.Globalization;
using Muster.Bench.LoadLab.Clients;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>What the registry shows to the clients: who is there, and, every so often, how busy they are.</summary>
internal sealed class SimRegistry(Simulation simulation, World world, VirtualClock clock, IClientSide clients, bool usesReports)
{
    private readonly InstanceRecord?[] _records = new InstanceRecord?[world.Speeds.Count];
    private readonly Queue<(long At, LoadReport[] Reports)> _past = new();
    private Revision _revision = Revision.None;
    private LoadReport[]? _shown;
    private long _shownAt;

    /// <summary>Lists the servers and begins to show their load.</summary>
    public void Start()
    {
        foreach (var server in simulation.Servers)
        {
            _records[server.Index] = world.Absent.Contains(server.Index) ? null : RecordOf(server);
        }

        Show();
        if (usesReports && world.RegistryLoadEvery is { } period)
        {
            simulation.Every(period, period, _ => ShowLoad());
        }
    }

    /// <summary>Lists the process that a server now is.</summary>
    public void List(SimServer server)
    {
        _records[server.Index] = RecordOf(server);
        Publish();
    }

    /// <summary>Takes a server off the list.</summary>
    public void Remove(SimServer server)
    {
        _records[server.Index] = null;
        Publish();
    }

    /// <summary>Announces that a server drains.</summary>
    public void Drain(SimServer server)
    {
        _records[server.Index] = _records[server.Index]! with { OwnerIntent = Intent.Draining };
        Publish();
    }

    private InstanceRecord RecordOf(SimServer server)
    {
        var id = server.Generation == 0
            ? server.Index.ToString("0000", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{server.Index:0000}.{server.Generation}");
        return new InstanceRecord
        {
            Key = new InstanceKey(LabDirectory.Fleet, id),
            Weight = world.Weights?[server.Index] ?? Limits.WeightDefault,
            Host = string.Create(CultureInfo.InvariantCulture, $"10.0.{server.Index / 256}.{server.Index % 256}"),
            // A process of its own has a port of its own, as after most restarts.
            Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, 5000 + server.Generation)],
        };
    }

    private void ShowLoad()
    {
        _past.Enqueue((clock.NowTicks, [.. simulation.Servers.Select(s => s.Report())]));
        while (_past.TryPeek(out var oldest) && oldest.At <= clock.NowTicks - world.ReportAge.Ticks)
        {
            (_shownAt, _shown) = _past.Dequeue();
        }

        if (_shown is not null)
        {
            // No delay of its own: its age is in the report.
            Show();
        }
    }

    private void Publish() => simulation.After(world.RegistryDelay, _ => Show());

    private void Show()
    {
        _revision = _revision.Next;
        var instances = ImmutableArray.CreateBuilder<InstanceView>(_records.Length);
        for (var i = 0; i < _records.Length; i++)
        {
            if (_records[i] is { } record)
            {
                instances.Add(new InstanceView(record, new SoftState(
                    Liveness.Alive, Health.Healthy, _shown?[i], TimeSpan.FromTicks(_shownAt), default)));
            }
        }

        clients.Show(new ServiceView(LabDirectory.Fleet, ServiceKnowledge.Known, _revision, instances.ToImmutable()));
    }
}
