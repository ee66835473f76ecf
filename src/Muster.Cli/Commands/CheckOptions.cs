using System.CommandLine;
using System.Globalization;
using Muster.Core;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary>An active check on the command line.</summary>
internal sealed class CheckOptions
{
    private const string Kinds = "tcp, http, http://host:port/path, https://host:port/path, grpc or grpc:package.Service is needed";

    private readonly Option<string> _check = new("--check")
    {
        Description = "How the registry checks it: tcp (it takes connections), http or http://host:port/path (a GET is answered well; the host is the instance's, the port may be another), grpc or grpc:package.Service (grpc.health.v1 says SERVING).",
        Required = true,
    };

    private readonly Option<int?> _status = new("--status") { Description = "The status that an HTTP check wants, 200 to 599. Default: any from 200 to 299." };
    private readonly Option<double?> _interval = Seconds("--interval", "Seconds from check to check, 1 to 600", $"{Limits.CheckIntervalDefault.TotalSeconds}");
    private readonly Option<double?> _timeout = Seconds("--timeout", "Seconds that a check may take, 0.05 to 60, and not more than the interval", $"{Limits.CheckTimeoutDefault.TotalSeconds}");
    private readonly Option<int?> _rise = new("--rise") { Description = $"Successes in a row that turn it HEALTHY again, 1 to 10. Default: {Limits.CheckRiseDefault}." };
    private readonly Option<int?> _fall = new("--fall") { Description = $"Failures in a row that turn it UNHEALTHY, 1 to 10. Default: {Limits.CheckFallDefault}." };
    private readonly Option<double?> _removeAfter = Seconds("--remove-after", "Seconds of nothing but failures after which it is removed, 10 to 2592000", "never; it stays listed, UNHEALTHY");

    public void AddTo(Command command)
    {
        command.Add(_check);
        command.Add(_status);
        command.Add(_interval);
        command.Add(_timeout);
        command.Add(_rise);
        command.Add(_fall);
        command.Add(_removeAfter);
    }

    /// <summary>Sets the instance's check, and an endpoint for one that looks at another port.</summary>
    /// <exception cref="UsageException">An option is not what it must be. The bounds are the registry's to check.</exception>
    public void ApplyTo(Instance instance, ParseResult parsed)
    {
        var text = parsed.GetValue(_check)!;
        var check = new Check
        {
            IntervalMs = Milliseconds(parsed, _interval),
            TimeoutMs = Milliseconds(parsed, _timeout),
            Rise = Count(parsed, _rise),
            Fall = Count(parsed, _fall),
            RemoveAfterMs = Milliseconds(parsed, _removeAfter),
        };
        instance.Check = check;
        switch (text.Split(':', 2)[0])
        {
            case "tcp" when text == "tcp":
                check.Tcp = new TcpCheck();
                break;
            case "http" when text == "http":
                check.Http = new HttpCheck();
                break;
            case "http" or "https" when Uri.TryCreate(text, UriKind.Absolute, out var uri):
                check.Http = new HttpCheck { Path = uri.PathAndQuery };
                PointTo(instance, uri, text);
                break;
            case "grpc":
                check.Grpc = new GrpcCheck { Service = text.Length > "grpc:".Length ? text["grpc:".Length..] : "" };
                break;
            default:
                throw new UsageException($"--check is '{text}': {Kinds}.");
        }

        if (parsed.GetValue(_status) is { } status)
        {
            (check.Http ?? throw new UsageException("--status is for an HTTP check.")).Status = Positive("--status", status);
        }
    }

    private static void PointTo(Instance instance, Uri uri, string text)
    {
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host.Trim('[', ']') : uri.Host;
        if (!string.Equals(host, instance.Host, StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--check is '{text}': the registry checks nothing but the instance's own host, {instance.Host}.");
        }

        var endpoint = instance.Endpoints[0];
        if (uri.Port != endpoint.Port)
        {
            endpoint = new Endpoint { Name = "check", Port = uri.Port, Protocol = uri.Scheme == "https" ? Protocol.V1.Protocol.Unspecified : Protocol.V1.Protocol.Http1 };
            instance.Endpoints.Add(endpoint);
            instance.Check.Endpoint = endpoint.Name;
        }

        endpoint.Scheme = uri.Scheme;
    }

    private static Option<double?> Seconds(string name, string meaning, string fallback) => new(name) { Description = $"{meaning}. Default: {fallback}." };

    private static uint Milliseconds(ParseResult parsed, Option<double?> option)
    {
        // Zero would mean the default on the wire; what is said on a command line means what it says.
        var seconds = parsed.GetValue(option);
        return seconds switch
        {
            null => 0,
            > 0 and <= uint.MaxValue / 1000 => Math.Max(1, (uint)(seconds.Value * 1000)),
            _ => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {seconds}: seconds, more than 0, are needed.")),
        };
    }

    private static uint Count(ParseResult parsed, Option<int?> option) =>
        parsed.GetValue(option) is { } value ? Positive(option.Name, value) : 0;

    private static uint Positive(string name, int value) => value > 0
        ? (uint)value
        : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}: a number above 0 is needed."));
}
