using System.CommandLine;
using System.Text.Json;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary><c>muster remove INSTANCE</c>: takes an instance off the list for good.</summary>
internal static class RemoveCommand
{
    public static Command Create()
    {
        var target = new InstanceTarget();
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var reason = new Option<string?>("--reason") { Description = "Why, for the history and for its provider; at most 256 characters. Default: none." };
        var command = new Command("remove", "Remove an instance for good: its provider is told, and does not come back by itself. Also takes off what 'register' registered.")
        {
            target.Id, target.Service, registry, json, reason,
        };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), target, parsed, parsed.GetValue(reason) ?? "", parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(
        string registry, InstanceTarget target, ParseResult parsed, string reason, bool json, CancellationToken cancellationToken)
    {
        using var connection = new RegistryConnection(registry);
        var (found, _) = await target.FindAsync(connection, parsed, e => e.Listed is not null, cancellationToken);
        var response = await connection.Client.UnaryAsync(
            RegistryMethods.Remove,
            new RemoveRequest
            {
                Namespace = found.Namespace,
                Service = found.Service,
                InstanceId = found.InstanceId,
                Reason = reason,
                Operator = Settings.OperatorName,
            },
            new() { CancellationToken = cancellationToken });
        Console.WriteLine(json
            ? JsonSerializer.Serialize(new
            {
                @namespace = found.Namespace,
                service = found.Service,
                instance = found.InstanceId,
                revision = response.Revision,
            }, CommonOptions.JsonFormat)
            : $"{found.InstanceId} of service {ServiceArgument.Name(found)} is removed. {(found.Listed?.Instance.Check is null
                ? "Its process still runs, and stays unregistered until it is restarted."
                : "It is no longer checked, and comes back when it is registered again.")}");
        return 0;
    }
}
