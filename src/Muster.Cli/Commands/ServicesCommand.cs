using System.CommandLine;
using System.Text.Json;
using Muster.Core.Model;
using Muster.Protocol;
using Muster.Protocol.V1;
using Spectre.Console;

namespace Muster.Cli.Commands;

/// <summary><c>muster services</c>: lists what the registry knows.</summary>
internal static class ServicesCommand
{
    public static Command Create()
    {
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var serviceNamespace = new Option<string>("--namespace") { Description = "Namespace; '*' for all. Default: default.", DefaultValueFactory = _ => "default" };
        var command = new Command("services", "List the services that the registry knows.") { registry, json, serviceNamespace };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), parsed.GetValue(serviceNamespace)!, parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(string registry, string serviceNamespace, bool json, CancellationToken cancellationToken)
    {
        using var connection = new RegistryConnection(registry);
        var response = await connection.Client.UnaryAsync(
            RegistryMethods.ListServices, new ListServicesRequest { Namespace = serviceNamespace },
            new() { CancellationToken = cancellationToken });
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(response.Services.Select(s => new
            {
                @namespace = s.Namespace,
                service = s.Service,
                instances = s.Instances,
                healthy = s.Healthy,
                revision = s.Revision,
                guarded = s.IsGuarded,
            }), CommonOptions.JsonFormat));
            return 0;
        }

        var table = CommonOptions.PlainTable("NAMESPACE", "SERVICE", "INSTANCES", "HEALTHY");
        foreach (var service in response.Services)
        {
            table.AddRow(Markup.Escape(service.Namespace), Markup.Escape(service.Service), $"{service.Instances}", $"{service.Healthy}");
        }

        AnsiConsole.Write(table);
        await GuardCommand.WarnAsync(response.Services.Where(s => s.IsGuarded).Select(s => $"{ServiceKey.Of(s.Namespace, s.Service)}"));
        return 0;
    }
}
