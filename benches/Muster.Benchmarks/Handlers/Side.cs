using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.ServiceDiscovery.Http;
using Muster.Bench.LoadDriver.Grpc;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Bench.Benchmarks.Handlers;

/// <summary>One way to make the same call.</summary>
/// <param name="name">What it is called in the report.</param>
/// <param name="call">Makes one.</param>
/// <param name="owned">What goes with it.</param>
internal sealed class Side(string name, Func<Task> call, params IReadOnlyList<object> owned) : IAsyncDisposable
{
    private const string Logical = "http://calculator";

    public string Name => name;

    public Func<Task> Call => call;

    /// <summary>The transport alone, told where to go.</summary>
    public static Side Bare(Wire wire)
    {
        var handler = wire.NewTransport();
        Uri[] addresses = [.. wire.Ports.Select(AddressOf)];
        return new Side("bare", CallsOf(wire, handler, addresses), handler);
    }

    /// <summary>The rival.</summary>
    public static Side Rewriting(Wire wire)
    {
        Uri[] addresses = [.. wire.Ports.Select(AddressOf)];
        var handler = new RewritingHandler(new Dictionary<string, Uri[]> { [Logical] = addresses }, wire.NewTransport());
        return new Side("rewriting", CallsOf(wire, handler, new Uri(Logical)), handler);
    }

    /// <summary>The package that the rival is modelled on.</summary>
    public static Side Package(Wire wire)
    {
        var settings = wire.Ports.Select((port, i) => KeyValuePair.Create(
            string.Create(CultureInfo.InvariantCulture, $"Services:calculator:http:{i}"), (string?)AddressOf(port).ToString()));
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .AddLogging()
            .AddServiceDiscovery()
            .BuildServiceProvider();
        var handler = services.GetRequiredService<IServiceDiscoveryHttpMessageHandlerFactory>().CreateHandler(wire.NewTransport());
        return new Side("Microsoft.Extensions.ServiceDiscovery", CallsOf(wire, handler, new Uri(Logical)), handler, services);
    }

    /// <summary>Muster's handler.</summary>
    public static Side Muster(Wire wire, string policy)
    {
        var directory = new FixedDirectory(wire.Ports, wire.IsGrpc ? EndpointProtocol.Http2 : EndpointProtocol.Http1);
        var options = new MusterClientOptions { CacheDirectory = null };
        var factory = new HandlerFactory(
            directory, options, NullLoggerFactory.Instance,
            wire.IsInMemory ? (_, _) => wire.NewTransport() : null);
        var handler = factory.Create(new BalancingOptions { Policy = policy });
        return new Side(policy, CallsOf(wire, handler, new Uri(Logical)), handler, factory);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in owned)
        {
            if (part is IAsyncDisposable later)
            {
                await later.DisposeAsync();
            }
            else
            {
                (part as IDisposable)?.Dispose();
            }
        }
    }

    private static Uri AddressOf(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    private static Func<Task> CallsOf(Wire wire, HttpMessageHandler handler, params IReadOnlyList<Uri> addresses) =>
        wire.IsGrpc ? GrpcCallsOf(handler, addresses) : PlainCallsOf(handler, addresses);

    private static Func<Task> PlainCallsOf(HttpMessageHandler handler, IReadOnlyList<Uri> addresses)
    {
        var client = new HttpClient(handler, disposeHandler: false);
        var next = 0;
        return async () =>
        {
            using var response = await client.GetAsync(addresses[next++ % addresses.Count]);
            if (response.Content.Headers.ContentLength != BenchMethods.Frame.Length)
            {
                throw new InvalidOperationException($"The answer is not what was asked for: {response}");
            }
        };
    }

    private static Func<Task> GrpcCallsOf(HttpMessageHandler handler, IReadOnlyList<Uri> addresses)
    {
        var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        GrpcClient[] clients = [.. addresses.Select(address =>
            new GrpcClient(invoker, address, new GrpcClientOptions { TimeProvider = TimeProvider.System }))];
        var next = 0;
        return async () =>
        {
            var answer = await clients[next++ % clients.Length].UnaryAsync(BenchMethods.Unary, BenchMethods.Message);
            if (answer.Number != BenchMethods.Message.Number)
            {
                throw new InvalidOperationException("The answer is not what was asked for.");
            }
        };
    }
}
