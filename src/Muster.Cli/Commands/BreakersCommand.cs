using System.CommandLine;
using System.Text.Json;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol;
using Muster.Protocol.V1;
using Spectre.Console;

namespace Muster.Cli.Commands;

/// <summary><c>muster breakers [SERVICE]</c>: which callers keep calls from which instance, and why.</summary>
internal static class BreakersCommand
{
    public static Command Create()
    {
        var service = new Argument<string?>("service")
        {
            Description = "The service, as 'name' or 'namespace/name'. Default: all services of all namespaces.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var command = new Command("breakers", "List the circuit breakers that are not closed: who sends an instance no calls, and why.")
        {
            service, registry, json,
        };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), parsed.GetValue(service), parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(string registry, string? service, bool json, CancellationToken cancellationToken)
    {
        var (serviceNamespace, name) = service is null ? ("*", "") : ServiceArgument.Split(service);
        using var connection = new RegistryConnection(registry);
        var response = await connection.Client.UnaryAsync(
            RegistryMethods.ListCallTotals,
            new ListCallTotalsRequest { Namespace = serviceNamespace, Service = name, OnlyTripped = true, Limit = Limits.CallTotalsPerAnswerMax },
            new() { CancellationToken = cancellationToken });
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(response.Instances.Select(i => new
            {
                @namespace = i.Namespace,
                service = i.Service,
                instance = i.InstanceId,
                calls = CallsText.ToJson(i),
            }), CommonOptions.JsonFormat));
            return 0;
        }

        if (response.Instances.Count == 0)
        {
            Console.WriteLine("No caller that watches here has a breaker that is not closed.");
            return 0;
        }

        var table = CommonOptions.PlainTable("SERVICE", "INSTANCE", "STATE", "SINCE", "NEXT TRIAL", "REASON", "CALLER");
        foreach (var instance in response.Instances)
        {
            foreach (var breaker in instance.Tripped)
            {
                table.AddRow(
                    Markup.Escape($"{ServiceKey.Of(instance.Namespace, instance.Service)}"), Markup.Escape(instance.InstanceId),
                    CallsText.Name(breaker.State), Times.Span(TimeSpan.FromMilliseconds(breaker.SinceMs)), CallsText.NextTrial(breaker),
                    Markup.Escape(breaker.Reason), Markup.Escape(breaker.Caller));
            }
        }

        AnsiConsole.Write(table);
        await TellRestAsync(response);
        return 0;
    }

    private static async Task TellRestAsync(ListCallTotalsResponse response)
    {
        foreach (var more in response.Instances.Where(i => i.TrippedCount > i.Tripped.Count))
        {
            await Console.Error.WriteLineAsync(
                $"{more.TrippedCount - more.Tripped.Count} more callers send {more.InstanceId} of service {ServiceKey.Of(more.Namespace, more.Service)} no calls.");
        }

        if (response.InstancesCount > response.Instances.Count)
        {
            await Console.Error.WriteLineAsync(
                $"{response.InstancesCount - response.Instances.Count} more instances have such callers; name a service.");
        }
    }
}
