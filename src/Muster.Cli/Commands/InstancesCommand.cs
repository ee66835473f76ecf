using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Muster.Core.Model;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Spectre.Console;

namespace Muster.Cli.Commands;

/// <summary><c>muster instances SERVICE</c>: lists the instances of a service with their state.</summary>
internal static class InstancesCommand
{
    public static Command Create()
    {
        var service = new Argument<string>("service") { Description = "The service, as 'name' or 'namespace/name'." };
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var selector = new Option<string?>("--selector") { Description = "Only instances with this metadata: key=value,key2=value2. Default: all." };
        var command = new Command("instances", "List the instances of a service.") { service, registry, json, selector };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), parsed.GetValue(service)!, parsed.GetValue(selector),
            parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(
        string registry, string service, string? selector, bool json, CancellationToken cancellationToken)
    {
        using var connection = new RegistryConnection(registry);
        var (serviceNamespace, name) = ServiceArgument.Split(service);
        var request = new ListInstancesRequest
        {
            Namespace = serviceNamespace,
            Service = name,
            Selector = selector ?? "",
        };
        var response = await connection.Client.UnaryAsync(
            RegistryMethods.ListInstances, request, new() { CancellationToken = cancellationToken });
        if (!response.ServiceKnown)
        {
            await Console.Error.WriteLineAsync($"service is '{service}': the registry does not know it.");
            return 1;
        }

        var rows = response.Instances.Select(ToRow).ToList();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(rows, CommonOptions.JsonFormat));
            return 0;
        }

        // Most services have no such instances, and most terminals no room.
        var isChecked = rows.Any(r => r.Check is not null);
        var table = isChecked
            ? CommonOptions.PlainTable("ID", "ADDRESS", "STATUS", "WEIGHT", "CPU", "ZONE", "METADATA", "CHECK")
            : CommonOptions.PlainTable("ID", "ADDRESS", "STATUS", "WEIGHT", "CPU", "ZONE", "METADATA");
        foreach (var row in rows)
        {
            var cpu = row.Cpu is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0} %") : "-";
            var metadata = string.Join(' ', row.Metadata.Select(m => $"{m.Key}={m.Value}"));
            string[] cells = [row.Id, row.Address, row.Status, row.Weight.ToString(CultureInfo.InvariantCulture), cpu, row.Zone, metadata, row.CheckedBy];
            table.AddRow([.. cells.Take(table.Columns.Count).Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
        await GuardCommand.WarnAsync(response.IsGuarded ? [service] : []);
        return 0;
    }

    private static Row ToRow(InstanceState state)
    {
        _ = state.Instance.ToCore(out var record);
        var soft = state.Soft.ToCore(TimeSpan.Zero);
        var status = InstanceStatuses.Derive(record.Intent, soft.Liveness, soft.Health);
        return new Row(record.Key.Id, record.Address, status.ToString().ToUpperInvariant(), record.Weight,
            soft.Load?.CpuUtilization, record.Zone, record.Metadata, CheckText.ToJson(state.Instance.Check), CheckText.ToJson(state.Check))
        {
            DampedForMs = state.Soft.DampedMs == 0 ? null : state.Soft.DampedMs,
            CheckedBy = state.Instance.Check is { } check ? CheckText.Of(check) : "-",
        };
    }

    private sealed record Row(
        string Id, string Address, string Status, int Weight, double? Cpu, string Zone, IReadOnlyDictionary<string, string> Metadata,
        object? Check, object? CheckState)
    {
        public uint? DampedForMs { get; init; }

        [JsonIgnore]
        public string CheckedBy { get; init; } = "";
    }
}
