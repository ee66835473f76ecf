using System.CommandLine;
using System.Text.Json;
using Muster.Core.Model;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary><c>muster guard</c>: what the mass-expiry guard holds back, and its end.</summary>
internal static class GuardCommand
{
    public static Command Create()
    {
        var service = new Argument<string?>("service")
        {
            Description = "With --release: only this service, as 'name' or 'namespace/name'. Default: everything.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var release = new Option<bool>("--release") { Description = "End the holding: who is silent is removed, at a bounded rate." };
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var command = new Command("guard", "Show for which services removals are held back because many instances fell silent at once.")
        {
            service, release, registry, json,
        };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), parsed.GetValue(service), parsed.GetValue(release), parsed.GetValue(json),
            cancellationToken)));
        return command;
    }

    /// <summary>Says on stderr, beside a list, that some of it is only there because of the guard.</summary>
    public static async Task WarnAsync(IEnumerable<string> guarded)
    {
        var names = string.Join(", ", guarded);
        if (names.Length > 0)
        {
            await Console.Error.WriteLineAsync(
                $"Many instances of {names} fell silent at once; none is removed for silence until they are back (./muster guard).");
        }
    }

    private static async Task<int> RunAsync(
        string registry, string? service, bool release, bool json, CancellationToken cancellationToken)
    {
        var (serviceNamespace, name) = service is null ? ("", "") : ServiceArgument.Split(service);
        using var connection = new RegistryConnection(registry);
        var response = await connection.Client.UnaryAsync(
            RegistryMethods.Guard,
            new GuardRequest { Release = release, Namespace = serviceNamespace, Service = name },
            new() { CancellationToken = cancellationToken });
        var held = response.Held
            .Select(h => h.Service.Length == 0 ? "all services" : $"{ServiceKey.Of(h.Namespace, h.Service)}")
            .ToList();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { held, released = release }, CommonOptions.JsonFormat));
            return 0;
        }

        Console.WriteLine((held.Count, release) switch
        {
            (0, _) => "The mass-expiry guard holds nothing back.",
            (_, true) => $"Released: {string.Join(", ", held)}. Who is still silent is removed now, at a bounded rate.",
            _ => $"Removals for silence are held back for: {string.Join(", ", held)}. They end by themselves when enough instances are back.",
        });
        return 0;
    }
}
