using System.CommandLine;
using Muster.Grpc;
using Muster.Samples.Contracts;
using Muster.Samples.Shared.Calls;
using Muster.Samples.Shared.Settings;
using Muster.Samples.V1;

namespace Muster.Samples.Shell;

/// <summary>The command <c>call</c>: one subcommand for each service.</summary>
internal static class CallCommands
{
    private static readonly Dictionary<string, GrpcMethod<CalculatorRequest, CalculatorResponse>> Operations = new(StringComparer.Ordinal)
    {
        ["add"] = CalculatorMethods.Add,
        ["subtract"] = CalculatorMethods.Subtract,
        ["multiply"] = CalculatorMethods.Multiply,
        ["divide"] = CalculatorMethods.Divide,
    };

    /// <summary>Declares the command.</summary>
    public static Command Create(ShellEnvironment environment, ClientSettings settings)
    {
        var runner = new CallRunner(environment, settings);
        return new Command("call", $"Calls a sample and prints the result; any method of any gRPC service is called as 'call some.package.Service/Method'. {CommonSettings.Precedence}")
        {
            Sum(runner), Increment(runner, environment), Get(runner), Calculator(runner), Echo(runner), Rest(runner),
        };
    }

    private static Command Sum(CallRunner runner)
    {
        var a = Positional.Of<long>("a", "A whole number", SettingParsers.Integer);
        var b = Positional.Of<long>("b", "A whole number", SettingParsers.Integer);
        var command = new Command("sum", "Adds two whole numbers.") { a, b };
        return runner.Prepare(command, SumMethods.ServiceName, (client, reader, policy, cancellationToken) =>
            client.SumAsync(reader.Get(a), reader.Get(b), policy, cancellationToken));
    }

    private static Command Increment(CallRunner runner, ShellEnvironment environment)
    {
        var counter = CounterSetting();
        var command = new Command("increment", "Adds one to a counter that all workers share, and prints it.");
        command.Add(counter);
        return runner.Prepare(command, IncrementMethods.ServiceName, (client, reader, policy, cancellationToken) =>
            client.IncrementAsync(reader.Get(counter), environment.NewKey(), policy, cancellationToken));
    }

    private static Command Get(CallRunner runner)
    {
        var counter = CounterSetting();
        var command = new Command("get", "Prints a counter.");
        command.Add(counter);
        return runner.Prepare(command, IncrementMethods.ServiceName, (client, reader, policy, cancellationToken) =>
            client.GetAsync(reader.Get(counter), policy, cancellationToken));
    }

    private static Command Calculator(CallRunner runner)
    {
        var operation = new Argument<string>("operation") { Description = string.Join(", ", Operations.Keys) };
        operation.AcceptOnlyFromAmong([.. Operations.Keys]);
        var a = Positional.Of<double>("a", "A number", SettingParsers.Number);
        var b = Positional.Of<double>("b", "A number", SettingParsers.Number);
        var command = new Command("calculator", "Adds, subtracts, multiplies or divides two numbers.") { operation, a, b };
        return runner.Prepare(command, CalculatorMethods.ServiceName, (client, reader, policy, cancellationToken) =>
            client.CalculateAsync(Operations[reader.Get(operation)!], reader.Get(a), reader.Get(b), policy, cancellationToken));
    }

    private static Command Echo(CallRunner runner)
    {
        var text = new Argument<string[]>("text") { Description = "What to say", Arity = ArgumentArity.OneOrMore };
        var command = new Command("echo", "Says the text again.") { text };
        return runner.Prepare(command, EchoMethods.ServiceName, (client, reader, policy, cancellationToken) =>
            client.EchoAsync(string.Join(' ', reader.Get(text)!), policy, cancellationToken));
    }

    private static Command Rest(CallRunner runner)
    {
        var name = new Argument<string>("name") { Description = "Whom to greet" };
        var command = new Command("rest", "Greets, over plain HTTP.") { name };
        return runner.Prepare(command, SampleClient.RestServiceName, (client, reader, policy, cancellationToken) =>
            client.GreetAsync(reader.Get(name)!, policy, cancellationToken));
    }

    private static Setting<string> CounterSetting() => new(
        "--counter", null, "The counter, a key in Redis that starts with muster:", ParseCounter, () => "", "muster:counter", "key");

    // The worker judges the name: one rule in one place.
    private static string? ParseCounter(string text, out string value)
    {
        value = text;
        return null;
    }
}
