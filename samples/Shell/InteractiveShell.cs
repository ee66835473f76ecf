using System.Globalization;
using Muster.Client;
using Muster.Grpc;
using Muster.Samples.Contracts;
using Muster.Samples.Shared.Calls;
using Muster.Samples.Shared.Settings;
using Spectre.Console;

namespace Muster.Samples.Shell;

/// <summary>The menu: call services, choose policies, see who answers.</summary>
internal sealed class InteractiveShell
{
    private readonly ShellEnvironment _environment;
    private readonly SampleClient _client;
    private readonly ServiceOverview _overview;
    private readonly IAnsiConsole _console = AnsiConsole.Console;
    private readonly Spread _spread = new();
    private readonly AttemptTally _tally;
    private int _calls;
    private string? _policy;

    private InteractiveShell(ShellEnvironment environment, MusterClient muster, SampleClient client, AttemptTally tally)
    {
        _tally = tally;
        _environment = environment;
        _client = client;
        _overview = new ServiceOverview(muster, AnsiConsole.Console);
    }

    /// <summary>Runs until the user leaves.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        ShellEnvironment environment, ClientSettings settings, SettingReader reader, CancellationToken cancellationToken)
    {
        await using var muster = settings.Connect(reader, environment.TimeProvider);
        var tally = new AttemptTally();
        using var client = settings.Balancing.CreateClient(muster, reader.Get(settings.Timeout), reader, tally);
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            await environment.Error.WriteLineAsync("The menu needs a terminal. Without one: ./muster call, ./muster services, ./muster instances.");
            return ExitCodes.Usage;
        }

        return await new InteractiveShell(environment, muster, client, tally).RunAsync(cancellationToken);
    }

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await _overview.RefreshAsync(cancellationToken);
        var menu = Menu();
        while (true)
        {
            _overview.ShowStaleNotice();
            var choice = await new SelectionPrompt<string>()
                .Title(string.Create(CultureInfo.InvariantCulture, $"Policy: [green]{_policy ?? "each service's own"}[/]. What now?"))
                .PageSize(16).AddChoices(menu.Keys).ShowAsync(_console, cancellationToken);
            if (menu[choice] is not { } action)
            {
                return ExitCodes.Success;
            }

            await ActAsync(action, cancellationToken);
        }
    }

    // A menu entry without an action ends the shell.
    private Dictionary<string, Func<CancellationToken, Task>?> Menu() => new(StringComparer.Ordinal)
    {
        ["Sum of two numbers"] = token => CallAsync(SumMethods.ServiceName, AskSum(), token),
        ["Increment the counter"] = token => CallAsync(IncrementMethods.ServiceName, Increment, token),
        ["Read the counter"] = token => CallAsync(IncrementMethods.ServiceName, (policy, t) => _client.GetAsync("", policy, t), token),
        ["Calculate"] = token => CallAsync(CalculatorMethods.ServiceName, AskCalculation(), token),
        ["Echo"] = token => CallAsync(EchoMethods.ServiceName, AskEcho(), token),
        ["Greet over plain HTTP"] = token => CallAsync(SampleClient.RestServiceName, (policy, t) => _client.GreetAsync("shell", policy, t), token),
        ["Call a service many times"] = CallManyAsync,
        ["Show how the calls spread"] = _ => ShowSpreadAsync(),
        ["Show which breakers are not closed"] = _overview.ShowBreakersAsync,
        ["Choose the policy"] = ChoosePolicyAsync,
        ["Refresh the list"] = _overview.RefreshAsync,
        ["Quit"] = null,
    };

    private async Task ActAsync(Func<CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        try
        {
            await action(cancellationToken);
        }
        catch (RpcException error)
        {
            _console.MarkupLineInterpolated($"[red]{StatusText.Of(error)}[/]");
        }
    }

    private async Task CallAsync(string service, Func<string, CancellationToken, Task<Answer>> call, CancellationToken cancellationToken)
    {
        var started = _environment.TimeProvider.GetTimestamp();
        var answer = await call(PolicyOf(service), cancellationToken);
        var elapsed = _environment.TimeProvider.GetElapsedTime(started);
        Count(service, answer);
        _console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"[bold]{answer.Text}[/] [grey]from {answer.ServedBy} in {elapsed.TotalMilliseconds:0.0} ms[/]");
    }

    private async Task CallManyAsync(CancellationToken cancellationToken)
    {
        var service = await new SelectionPrompt<string>().Title("Which service?").AddChoices(SampleServices()).ShowAsync(_console, cancellationToken);
        var count = _console.Prompt(new TextPrompt<int>("How often?").DefaultValue(100)
            .Validate(n => n is >= 1 and <= 100_000 ? ValidationResult.Success() : ValidationResult.Error("1 to 100000 are allowed.")));
        var call = Typical(service);
        for (var i = 0; i < count; i++)
        {
            Count(service, await call(PolicyOf(service), cancellationToken));
        }

        await ShowSpreadAsync();
    }

    private Task ShowSpreadAsync()
    {
        var table = new Table().AddColumns("Service", "Instance", "Calls", "Share");
        foreach (var (service, instance, calls, share) in _spread.Rows())
        {
            table.AddRow(
                service, Markup.Escape(instance), calls.ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %"));
        }

        _console.Write(table);
        foreach (var line in _tally.Describe(_calls))
        {
            _console.MarkupLineInterpolated($"[grey]{line}[/]");
        }

        return Task.CompletedTask;
    }

    private void Count(string service, Answer answer)
    {
        _calls++;
        _spread.Add(service, answer.ServedBy);
    }

    private async Task ChoosePolicyAsync(CancellationToken cancellationToken)
    {
        const string own = "each service's own";
        var choice = await new SelectionPrompt<string>().Title("Policy").AddChoices([own, .. SamplePolicies.All]).ShowAsync(_console, cancellationToken);
        _policy = choice == own ? null : choice;
    }

    private Func<string, CancellationToken, Task<Answer>> AskSum()
    {
        var a = _console.Ask<long>("a =");
        var b = _console.Ask<long>("b =");
        return (policy, token) => _client.SumAsync(a, b, policy, token);
    }

    private Func<string, CancellationToken, Task<Answer>> AskCalculation()
    {
        var a = _console.Ask<double>("a =");
        var operation = _console.Prompt(new TextPrompt<char>("Operation").AddChoices(['+', '-', '*', '/']));
        var b = _console.Ask<double>("b =");
        var method = operation switch
        {
            '+' => CalculatorMethods.Add,
            '-' => CalculatorMethods.Subtract,
            '*' => CalculatorMethods.Multiply,
            _ => CalculatorMethods.Divide,
        };
        return (policy, token) => _client.CalculateAsync(method, a, b, policy, token);
    }

    private Func<string, CancellationToken, Task<Answer>> AskEcho()
    {
        var text = _console.Ask<string>("Text:");
        return (policy, token) => _client.EchoAsync(text, policy, token);
    }

    private Task<Answer> Increment(string policy, CancellationToken cancellationToken) =>
        _client.IncrementAsync("", _environment.NewKey(), policy, cancellationToken);

    private Func<string, CancellationToken, Task<Answer>> Typical(string service) => service switch
    {
        SumMethods.ServiceName => (policy, token) => _client.SumAsync(2, 3, policy, token),
        IncrementMethods.ServiceName => Increment,
        CalculatorMethods.ServiceName => (policy, token) => _client.CalculateAsync(CalculatorMethods.Add, 2, 3, policy, token),
        EchoMethods.ServiceName => (policy, token) => _client.EchoAsync("hello", policy, token),
        _ => (policy, token) => _client.GreetAsync("shell", policy, token),
    };

    private string PolicyOf(string service) => _policy ?? SamplePolicies.DefaultOf(service);

    private static string[] SampleServices() =>
    [
        SumMethods.ServiceName, IncrementMethods.ServiceName, CalculatorMethods.ServiceName, EchoMethods.ServiceName,
        SampleClient.RestServiceName,
    ];
}
