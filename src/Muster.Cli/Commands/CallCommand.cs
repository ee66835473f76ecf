using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Muster.Cli.Calls;
using Muster.Client.Balancing;
using Muster.Grpc;

namespace Muster.Cli.Commands;

/// <summary><c>muster call some.package.Service/Method JSON</c>: calls any gRPC service that offers reflection.</summary>
internal static class CallCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("target") { Description = "The method, as some.package.Service/Method." };
        var message = new Argument<string[]>("json")
        {
            Description = "The request as JSON, by the names of its .proto file; several for a client stream; '-' reads standard input. Default: {}.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var service = new Option<string?>("--service")
        {
            Description = "The registered service to call, as 'name' or 'namespace/name'. Default: the one that offers the method.",
        };
        var address = new Option<string?>("--address") { Description = "Call this server, host:port or https://host:port; no registry is asked." };
        var policy = new Option<string>("--policy")
        {
            Description = $"How to choose among the instances. Default: {PolicyNames.LeastRequest}.",
            DefaultValueFactory = _ => PolicyNames.LeastRequest,
        };
        policy.AcceptOnlyFromAmong([.. PolicyNames.All]);
        var timeout = new Option<double>("--timeout")
        {
            Description = "How long one call may take, in seconds, 0.01 to 3600. Default: 10.",
            DefaultValueFactory = _ => 10,
        };
        var count = new Option<int>("--count") { Description = "How often to call, 1 to 1000000. Default: 1.", DefaultValueFactory = _ => 1 };
        var metadata = new Option<string[]>("--metadata") { Description = "Send this with the call: key=value, key-bin=base64. May be repeated." };
        var registry = CommonOptions.Registry();
        var json = new Option<bool>("--json") { Description = "Print each response on one line." };
        var verbose = new Option<bool>("--verbose") { Description = "Say on stderr who answered, with which headers and trailers." };
        var command = new Command("call", "Call a method of any gRPC service with JSON. The server must offer reflection.")
        {
            target, message, service, address, policy, timeout, count, metadata, registry, json, verbose,
        };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(async () =>
        {
            var (name, method) = CallSettings.ParseTarget(parsed.GetValue(target)!);
            var settings = new CallSettings
            {
                Service = name,
                Method = method,
                Registry = Settings.Registry(parsed.GetValue(registry)),
                Address = parsed.GetValue(address) is { } text ? CallSettings.ParseAddress(text) : null,
                RegisteredName = parsed.GetValue(service),
                Policy = parsed.GetValue(policy)!,
                Timeout = TimeSpan.FromSeconds(InRange("--timeout", parsed.GetValue(timeout), 0.01, 3600)),
            };
            var times = (int)InRange("--count", parsed.GetValue(count), 1, 1_000_000);
            var headers = ReadMetadata(parsed.GetValue(metadata) ?? []);
            var input = await ReadMessagesAsync(parsed.GetValue(message) ?? [], cancellationToken);
            return await RunAsync(settings, input, times, headers, parsed.GetValue(json), parsed.GetValue(verbose), cancellationToken);
        }));
        return command;
    }

    private static async Task<int> RunAsync(
        CallSettings settings, string input, int count, Metadata headers, bool json, bool verbose, CancellationToken cancellationToken)
    {
        await using var route = await CallRoute.FindAsync(settings, cancellationToken);
        var call = await UntypedCall.DescribeAsync(route.Client, settings, cancellationToken);
        var options = new GrpcCallOptions { Timeout = settings.Timeout, Headers = headers, CancellationToken = cancellationToken };
        try
        {
            for (var i = 0; i < count; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var (received, trailers) = await call.RunAsync(input, options, Console.Out.WriteLineAsync, indented: !json);
                if (verbose)
                {
                    var elapsed = Stopwatch.GetElapsedTime(started);
                    await Console.Error.WriteLineAsync(string.Create(
                        CultureInfo.InvariantCulture, $"OK from {route.Description} in {elapsed.TotalMilliseconds:0.0} ms"));
                    await PrintAsync("header", received);
                    await PrintAsync("trailer", trailers);
                }
            }

            return 0;
        }
        catch (RpcException e)
        {
            // Whatever the code: it is the service that refused, and not this command that was asked wrongly.
            await Console.Error.WriteLineAsync(e.Status.ToString());
            await PrintAsync("trailer", e.Trailers);
            return 1;
        }
    }

    private static async Task PrintAsync(string kind, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            var value = entry.TextValue ?? Convert.ToBase64String(entry.BinaryValue!);
            await Console.Error.WriteLineAsync($"  {kind} {entry.Key}: {value}");
        }
    }

    private static async Task<string> ReadMessagesAsync(string[] given, CancellationToken cancellationToken)
    {
        var messages = new List<string>();
        foreach (var text in given)
        {
            messages.Add(text == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : text);
        }

        return string.Join('\n', messages);
    }

    private static Metadata ReadMetadata(string[] pairs)
    {
        var metadata = new Metadata();
        foreach (var pair in pairs)
        {
            var split = pair.IndexOf('=', StringComparison.Ordinal);
            if (split <= 0)
            {
                throw new UsageException($"--metadata is '{pair}': it is written key=value.");
            }

            var (key, value) = (pair[..split], pair[(split + 1)..]);
            if (key.EndsWith("-bin", StringComparison.Ordinal))
            {
                metadata.Add(key, ReadBase64(pair, value));
            }
            else
            {
                metadata.Add(key, value);
            }
        }

        return metadata;
    }

    private static byte[] ReadBase64(string pair, string value)
    {
        try
        {
            return Convert.FromBase64String(value);
        }
        catch (FormatException)
        {
            throw new UsageException($"--metadata is '{pair}': the value of a key that ends with -bin is written in base64.");
        }
    }

    private static double InRange(string name, double value, double min, double max) => value >= min && value <= max
        ? value
        : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}: {min} to {max} are allowed."));
}
