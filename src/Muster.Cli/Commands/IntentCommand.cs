using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Muster.Core;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Intent = Muster.Protocol.V1.Intent;

namespace Muster.Cli.Commands;

/// <summary><c>muster out</c>, <c>muster in</c> and <c>muster drain</c>: an operator's wish about an instance.</summary>
internal sealed class IntentCommand
{
    private readonly InstanceTarget _target = new();
    private readonly Option<string?> _registry = CommonOptions.Registry();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<double> _wait = new("--wait")
    {
        Description = "Seconds to wait for callers that stay silent, 0 to 5. Default: 5.",
        DefaultValueFactory = _ => Limits.DrainPatienceMax.TotalSeconds,
    };

    private readonly Intent _intent;

    private IntentCommand(Intent intent) => _intent = intent;

    public static Command CreateOut() => new IntentCommand(Intent.Out).AddTo(new Command(
        "out", "Take an instance out: callers no longer choose it, whatever its owner announces, until 'in'."));

    public static Command CreateIn() => new IntentCommand(Intent.Serving).AddTo(new Command(
        "in", "Let an instance in again that an operator took out or drained."));

    public static Command CreateDrain() => new IntentCommand(Intent.Draining).AddTo(new Command(
        "drain", "Let an instance finish what it has: return when all callers have acknowledged that it gets nothing new, or name the others."));

    private bool IsDrain => _intent == Intent.Draining;

    private Command AddTo(Command command)
    {
        command.Add(_target.Id);
        command.Add(_target.Service);
        command.Add(_registry);
        command.Add(_json);
        if (IsDrain)
        {
            command.Add(_wait);
        }

        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(parsed, cancellationToken)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var patience = IsDrain ? ReadWait(parsed.GetValue(_wait)) : TimeSpan.Zero;
        using var connection = new RegistryConnection(Settings.Registry(parsed.GetValue(_registry)));
        var (found, _) = await _target.FindAsync(
            connection, parsed, e => e.Listed is not null || (_intent == Intent.Serving && e.Hold is not null), cancellationToken);
        var response = await connection.Client.UnaryAsync(
            RegistryMethods.SetIntent,
            new SetIntentRequest
            {
                Namespace = found.Namespace,
                Service = found.Service,
                InstanceId = found.InstanceId,
                Intent = _intent,
                AwaitWatchersMs = (uint)patience.TotalMilliseconds,
                Operator = Settings.OperatorName,
            },
            new() { Timeout = patience + RegistryConnection.Timeout, CancellationToken = cancellationToken });
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(ToJson(found, response), CommonOptions.JsonFormat));
        }
        else
        {
            Print(found, response);
        }

        if (patience > TimeSpan.Zero && response.Drain is null)
        {
            await Console.Error.WriteLineAsync($"Too many drains at once: who has acknowledged is not known; ask again with: ./muster drain {found.InstanceId}");
            return 1;
        }

        return response.Drain is { LaggardsCount: > 0 } ? 1 : 0;
    }

    private static TimeSpan ReadWait(double seconds) => seconds >= 0 && seconds <= Limits.DrainPatienceMax.TotalSeconds
        ? TimeSpan.FromSeconds(seconds)
        : throw new UsageException(string.Create(
            CultureInfo.InvariantCulture, $"--wait is '{seconds}': a number of seconds from 0 to {Limits.DrainPatienceMax.TotalSeconds} is needed."));

    private void Print(Explanation found, SetIntentResponse response)
    {
        var name = $"{found.InstanceId} of service {ServiceArgument.Name(found)}";
        Console.WriteLine(_intent switch
        {
            Intent.Out => $"{name} is OUT: callers no longer choose it. It stays out until: ./muster in {found.InstanceId}",
            Intent.Draining => $"{name} is {Word(response)}: callers no longer choose it, and it finishes what it has.",
            _ when found.Listed is null => $"{name} is not listed; it will serve when it comes back.",
            _ when response.Intent != Intent.Serving => $"{name} is {Word(response)} still, because its owner wants that; nothing of an operator holds it any more.",
            _ => $"{name} is in again: callers may choose it.",
        });
        if (response.Drain is not { } drain)
        {
            return;
        }

        Console.WriteLine(drain.LaggardsCount == 0
            ? $"All callers that watch the service have acknowledged: {drain.Acknowledged}."
            : $"{drain.Acknowledged} callers have acknowledged, {drain.LaggardsCount} have not:");
        foreach (var laggard in drain.Laggards)
        {
            Console.WriteLine($"  {laggard.Watcher}: {Meaning(laggard.Why)}");
        }
    }

    private static string Meaning(DrainSilence why) => why switch
    {
        DrainSilence.Silent => "silent; it may have stalled, and still send calls",
        DrainSilence.SimpleStream => "watches by a simple stream, which cannot acknowledge; it was told",
        DrainSilence.Left => "ended its stream before it acknowledged",
        _ => "for a reason that this program does not know",
    };

    private static string Word(SetIntentResponse response) => response.Intent.ToCore().ToString().ToUpperInvariant();

    private static object ToJson(Explanation found, SetIntentResponse response) => new
    {
        @namespace = found.Namespace,
        service = found.Service,
        instance = found.InstanceId,
        intent = Word(response),
        revision = response.Revision,
        acknowledged = response.Drain?.Acknowledged,
        unacknowledged = response.Drain?.Laggards.Select(l => new { watcher = l.Watcher, why = l.Why.ToString() }),
    };
}
