using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Muster.Core;
using Muster.Core.Model;
using Muster.Samples.Shared.Settings;

namespace Muster.Samples.Shared.Hosting;

/// <summary>The command line that all providers share.</summary>
internal sealed class ProviderCommand
{
    // A visible spread for weighted policies, and small enough to compare by eye.
    private const int RandomWeightMax = 100;

    private readonly string _name;
    private readonly RootCommand _root;
    private readonly Setting<int> _port;
    private readonly Setting<HostPort> _registry = CommonSettings.Registry();
    private readonly Setting<string?> _address;
    private readonly Setting<int> _weight;
    private readonly Setting<string?> _zone = CommonSettings.Zone();
    private readonly Setting<ImmutableSortedDictionary<string, string>> _metadata = new(
        "--metadata", null, "What callers may select by", SettingParsers.Metadata, () => ImmutableSortedDictionary<string, string>.Empty, "none",
        "key=value,...");
    private readonly Setting<string?> _id;
    private readonly Setting<TimeSpan> _ttl;

    /// <summary>Declares the command.</summary>
    /// <param name="name">The program's name; instance ids begin with it.</param>
    /// <param name="description">For <c>--help</c>.</param>
    /// <param name="random">Chooses the weight and the id of a process that is given none.</param>
    /// <param name="settings">What this provider can be told beyond the common settings.</param>
    public ProviderCommand(string name, string description, Random random, params ReadOnlySpan<Setting> settings)
    {
        _name = name;
        _port = new("--port", "PORT", "The port to listen on", SettingParsers.WholeNumber(1, 65535), () => 0, "a free one", "port");
        _address = new(
            "--address", "MY_ADDR", "Where callers reach this program, if not at the machine's own address",
            SettingParsers.HostAndPerhapsPort, () => null, "found out", "host[:port]");
        _weight = new(
            "--weight", null, "Share of weighted traffic", SettingParsers.WholeNumber(Limits.WeightMin, Limits.WeightMax),
            () => random.Next(1, RandomWeightMax + 1), string.Create(CultureInfo.InvariantCulture, $"a random 1 to {RandomWeightMax}"), "n");
        _id = new(
            "--id", null, "The instance's id", SettingParsers.InstanceId, () => InstanceIds.Create(name, Environment.MachineName, random),
            $"{name}, the machine's name and a random part", "id");
        _ttl = new(
            "--ttl", null, "How long the registry lists this program after its last sign of life",
            SettingParsers.Seconds(Limits.TtlMin, Limits.TtlMax), () => Limits.TtlDefault,
            string.Create(CultureInfo.InvariantCulture, $"{Limits.TtlDefault.TotalSeconds}"), "seconds");
        _root = new RootCommand($"{description} {CommonSettings.Precedence}");
        _root.Add(_port, _registry, _address, _weight, _zone, _metadata, _id, _ttl);
        _root.Add(settings);
    }

    /// <summary>Parses the command line and runs the provider until it is told to stop.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="create">Makes the provider from its settings.</param>
    /// <returns>The exit code.</returns>
    public Task<int> RunAsync(string[] args, Func<SettingReader, ProviderSettings, Provider> create)
    {
        _root.SetAction((reader, cancellationToken) =>
        {
            var settings = Read(reader);
            return ProviderHost.RunAsync(_name, create(reader, settings), settings);
        });
        return CommandLine.RunAsync(_root, args);
    }

    private ProviderSettings Read(SettingReader reader) => new()
    {
        Port = reader.Get(_port),
        Registry = reader.Get(_registry),
        Address = reader.Get(_address),
        Weight = reader.Get(_weight),
        Zone = reader.Get(_zone),
        Metadata = reader.Get(_metadata),
        Id = reader.Get(_id)!,
        Ttl = reader.Get(_ttl),
    };
}
