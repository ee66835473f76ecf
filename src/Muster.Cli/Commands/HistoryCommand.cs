using System.CommandLine;
using System.Text.Json;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Spectre.Console;

namespace Muster.Cli.Commands;

/// <summary><c>muster history SERVICE</c>: what left a service, when and why.</summary>
internal static class HistoryCommand
{
    public static Command Create()
    {
        var service = new Argument<string>("service") { Description = "The service, as 'name' or 'namespace/name'." };
        var limit = new Option<uint>("--limit") { Description = "How many at most, 1 to 1,000. Default: 100.", DefaultValueFactory = _ => 100 };
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var command = new Command("history", "List what left a service, when and why; the newest first.") { service, registry, json, limit };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), parsed.GetValue(service)!, parsed.GetValue(limit),
            parsed.GetValue(json), cancellationToken)));
        return command;
    }

    /// <summary>The reason as a word: CONNECTION_LOST.</summary>
    public static string Name(RemovalReason reason) => reason.ToCore() switch
    {
        Core.Model.RemovalReason.ConnectionLost => "CONNECTION_LOST",
        Core.Model.RemovalReason.CheckFailed => "CHECK_FAILED",
        var other => other.ToString().ToUpperInvariant(),
    };

    public static Row ToRow(RemovedInstance removal) => new(
        Times.FromUnix(removal.AtUnixMs), removal.InstanceId, removal.Address, Name(removal.Reason), removal.Evidence);

    private static async Task<int> RunAsync(
        string registry, string service, uint limit, bool json, CancellationToken cancellationToken)
    {
        using var connection = new RegistryConnection(registry);
        var (serviceNamespace, name) = ServiceArgument.Split(service);
        if (name.Length == 0)
        {
            throw new UsageException($"service is '{service}': a name is needed, as in 'calculator' or 'team/calculator'.");
        }

        var response = await connection.Client.UnaryAsync(
            RegistryMethods.ListRemovals, new ListRemovalsRequest { Namespace = serviceNamespace, Service = name, Limit = limit },
            new() { CancellationToken = cancellationToken });
        if (!response.ServiceKnown)
        {
            await Console.Error.WriteLineAsync($"service is '{service}': the registry does not know it, and remembers no removal of it.");
            return 1;
        }

        var rows = response.Removals.Select(ToRow).ToList();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(rows, CommonOptions.JsonFormat));
            return 0;
        }

        var now = Times.FromUnix(response.NowUnixMs);
        var table = CommonOptions.PlainTable("AGO", "AT", "INSTANCE", "ADDRESS", "REASON", "EVIDENCE");
        foreach (var row in rows)
        {
            table.AddRow(Times.Span(now - row.At), Times.Moment(row.At), Markup.Escape(row.Instance), Markup.Escape(row.Address),
                row.Reason, Markup.Escape(row.Evidence));
        }

        AnsiConsole.Write(table);
        return 0;
    }

    internal sealed record Row(DateTimeOffset At, string Instance, string Address, string Reason, string Evidence);
}
