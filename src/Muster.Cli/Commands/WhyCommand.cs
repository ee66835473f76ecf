using System.CommandLine;
using System.Text.Json;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary><c>muster why INSTANCE</c>: why an instance left, or stands as it does.</summary>
internal static class WhyCommand
{
    public static Command Create()
    {
        var target = new InstanceTarget();
        var registry = CommonOptions.Registry();
        var json = CommonOptions.Json();
        var command = new Command("why", "Say why an instance left, or why it has the status that it has.") { target.Id, target.Service, registry, json };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            Settings.Registry(parsed.GetValue(registry)), target, parsed, parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(
        string registry, InstanceTarget target, ParseResult parsed, bool json, CancellationToken cancellationToken)
    {
        using var connection = new RegistryConnection(registry);
        var (found, now) = await target.FindAsync(connection, parsed, _ => true, cancellationToken);
        var text = new WhyText(found, now);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(ToJson(found, text), CommonOptions.JsonFormat));
            return 0;
        }

        foreach (var sentence in text.Sentences().Where(s => s.Length > 0))
        {
            Console.WriteLine(sentence);
        }

        // Of an instance that is not listed, the last removal is told already.
        var earlier = found.Removals.Skip(found.Listed is null ? 1 : 0).ToList();
        if (earlier.Count > 0)
        {
            Console.WriteLine("Before that, it left:");
        }

        foreach (var removal in earlier)
        {
            Console.WriteLine($"  {Times.Ago(Times.FromUnix(removal.AtUnixMs), now)}, {HistoryCommand.Name(removal.Reason)}: {removal.Evidence}");
        }

        return 0;
    }

    private static object ToJson(Explanation found, WhyText text) => new
    {
        @namespace = found.Namespace,
        service = found.Service,
        instance = found.InstanceId,
        listed = found.Listed is not null,
        status = text.Status?.ToString().ToUpperInvariant(),
        sentences = text.Sentences().Where(s => s.Length > 0),
        dampedForMs = found.Listed?.Soft.DampedMs is > 0 and var damped ? damped : (uint?)null,
        check = CheckText.ToJson(found.Listed?.Instance.Check),
        checkState = CheckText.ToJson(found.Listed?.Check),
        calls = CallsText.ToJson(found.Calls),
        heldBy = found.Hold?.By,
        removals = found.Removals.Select(HistoryCommand.ToRow),
    };
}
