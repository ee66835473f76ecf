using System.CommandLine;
using System.Text.Json;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary><c>muster register</c>: registers an instance on behalf of something that cannot send heartbeats, with a check.</summary>
internal sealed class RegisterCommand
{
    private readonly Option<string> _service = new("--service") { Description = "The service, as 'name' or 'namespace/name'.", Required = true };
    private readonly Option<string> _address = new("--address") { Description = "Where the instance is, host:port, as callers and registry reach it.", Required = true };
    private readonly Option<string?> _id = new("--id") { Description = "The instance's id. Default: made of service and address, so that the same command again replaces the registration." };
    private readonly Option<int?> _weight = new("--weight") { Description = "Share of weighted traffic, 1 to 10000. Default: 1." };
    private readonly Option<string?> _zone = new("--zone") { Description = "Failure domain. Default: none." };
    private readonly Option<string[]> _metadata = new("--metadata") { Description = "key=value; repeat it for more. Default: none." };
    private readonly Option<string?> _protocol = new("--protocol") { Description = "What the address speaks: http1, http2, or https for both over TLS. Default: http2 with a gRPC check, else http1." };
    private readonly Option<string?> _registry = CommonOptions.Registry();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly CheckOptions _check = new();

    private RegisterCommand()
    {
    }

    public static Command Create()
    {
        var options = new RegisterCommand();
        var command = new Command(
            "register", "Register an instance that cannot send heartbeats; the registry checks it instead. 'muster remove' takes it off again.")
        {
            options._service, options._address, options._id, options._weight, options._zone, options._metadata, options._protocol,
            options._registry, options._json,
        };
        options._check.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(() => options.RunAsync(parsed, cancellationToken)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var instance = Read(parsed);
        using var connection = new RegistryConnection(Settings.Registry(parsed.GetValue(_registry)));
        var response = await connection.Client.UnaryAsync(
            RegistryMethods.Register, new RegisterRequest { Instance = instance }, new() { CancellationToken = cancellationToken });
        var address = Core.Model.HostPort.Format(instance.Host, instance.Endpoints[0].Port);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                @namespace = instance.Namespace.Length == 0 ? "default" : instance.Namespace,
                service = instance.Service,
                instance = response.InstanceId,
                address,
                check = CheckText.ToJson(instance.Check),
                lease = $"{response.LeaseId}",
                revision = response.Revision,
            }, CommonOptions.JsonFormat));
            return 0;
        }

        Console.WriteLine($"{response.InstanceId} of service {parsed.GetValue(_service)} is registered at {address}; the registry checks it: {CheckText.Of(instance.Check)}.");
        Console.WriteLine($"How it fares: ./muster why {response.InstanceId}   Take it off again: ./muster remove {response.InstanceId}");
        return 0;
    }

    private Instance Read(ParseResult parsed)
    {
        var text = parsed.GetValue(_address)!;
        if (!Core.Model.HostPort.TryParse(text, out var address, out var error))
        {
            throw new UsageException($"--address: {error}.");
        }

        var port = address.Port ?? throw new UsageException($"--address is '{text}': a port is needed, as in 10.0.0.5:5432.");
        var (serviceNamespace, service) = ServiceArgument.Split(parsed.GetValue(_service)!);
        var instance = new Instance
        {
            Namespace = serviceNamespace,
            Service = service,
            Id = parsed.GetValue(_id) ?? $"{service}-{address.Host}-{port}",
            Host = address.Host,
            Zone = parsed.GetValue(_zone) ?? "",
            Endpoints = { new Endpoint { Port = port } },
        };
        if (parsed.GetValue(_weight) is { } weight)
        {
            instance.Weight = weight;
        }

        foreach (var pair in parsed.GetValue(_metadata) ?? [])
        {
            var parts = pair.Split('=', 2);
            instance.Metadata[parts[0]] = parts.Length == 2
                ? parts[1]
                : throw new UsageException($"--metadata is '{pair}': key=value is needed.");
        }

        _check.ApplyTo(instance, parsed);
        SetProtocol(instance.Endpoints[0], parsed.GetValue(_protocol) ?? (instance.Check.Grpc is null ? null : "http2"));
        return instance;
    }

    private static void SetProtocol(Endpoint endpoint, string? protocol)
    {
        (endpoint.Scheme, endpoint.Protocol) = protocol switch
        {
            // What a check by https said already, stays.
            null when endpoint.Scheme == "https" => ("https", Protocol.V1.Protocol.Unspecified),
            null or "http1" => ("http", Protocol.V1.Protocol.Http1),
            "http2" => ("http", Protocol.V1.Protocol.Http2),
            "https" => ("https", Protocol.V1.Protocol.Http1AndHttp2),
            _ => throw new UsageException($"--protocol is '{protocol}': http1, http2 or https is needed."),
        };
    }
}
