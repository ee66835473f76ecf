using Muster.Cli.Commands;
using Muster.Client.Http;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Cli.Calls;

/// <summary>The way to a gRPC service: an address that was given, or the instances of a registered service.</summary>
internal sealed class CallRoute : IAsyncDisposable
{
    /// <summary>How long one registered service may take to say what it offers, when all are asked.</summary>
    private static readonly TimeSpan SearchTimeout = TimeSpan.FromSeconds(2);

    private const int SearchesAtOnce = 8;

    private readonly MusterClient? _muster;
    private readonly HttpMessageInvoker _invoker;

    private CallRoute(MusterClient? muster, HttpMessageInvoker invoker, Uri address, string description)
    {
        (_muster, _invoker, Description) = (muster, invoker, description);
        Client = new GrpcClient(invoker, address, new GrpcClientOptions
        {
            TimeProvider = TimeProvider.System,
            // Who calls by hand wants to see what comes, however long it is.
            ReceiveMessageBytesMax = 256 * 1024 * 1024,
        });
    }

    /// <summary>Calls what the route leads to.</summary>
    public GrpcClient Client { get; }

    /// <summary>Where it leads, for people.</summary>
    public string Description { get; }

    /// <summary>Finds the way.</summary>
    /// <exception cref="UsageException">A name that was given is not one.</exception>
    /// <exception cref="RpcException">No registered service offers the gRPC service, or the registry does not answer.</exception>
    public static async Task<CallRoute> FindAsync(CallSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Address is { } address)
        {
            return Direct(address);
        }

        if (settings.RegisteredName is { } name)
        {
            var (serviceNamespace, service) = ServiceArgument.Split(name);
            return Balanced(settings, ServiceKey.Of(serviceNamespace, service));
        }

        return await SearchAsync(settings, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        if (_muster is not null)
        {
            await _muster.DisposeAsync();
        }
    }

    private static CallRoute Direct(Uri address) => new(
        null,
        new HttpMessageInvoker(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), UseProxy = false }),
        address,
        address.ToString());

    private static CallRoute Balanced(CallSettings settings, ServiceKey service)
    {
        if (InstanceValidator.ValidateService(service) is { } violation)
        {
            throw new UsageException($"--service: {violation}.");
        }

        var muster = new MusterClient(new MusterClientOptions { Registry = settings.Registry, ClientName = "muster call" });
        var invoker = new HttpMessageInvoker(new MusterHandler(muster, new BalancingOptions
        {
            Namespace = service.Namespace,
            Policy = settings.Policy,
            TagResponses = true,
            // The rest is for the call itself.
            DiscoveryTimeout = TimeSpan.FromSeconds(Math.Min(60, settings.Timeout.TotalSeconds * 0.6)),
        }));
        return new CallRoute(muster, invoker, new Uri($"http://{service.Name}"), $"service {service}");
    }

    /// <summary>Asks the registry what it offers itself, and then each registered service, until one has the gRPC
    /// service.</summary>
    private static async Task<CallRoute> SearchAsync(CallSettings settings, CancellationToken cancellationToken)
    {
        var registry = Direct(new Uri($"http://{settings.Registry}"));
        var services = await registry.Client.UnaryAsync(
            RegistryMethods.ListServices,
            new ListServicesRequest { Namespace = "*" },
            new GrpcCallOptions { Timeout = settings.Timeout, CancellationToken = cancellationToken });
        if (await OffersAsync(registry, settings.Service, cancellationToken))
        {
            return registry;
        }

        await registry.DisposeAsync();
        CallRoute? found = null;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = SearchesAtOnce, CancellationToken = ended.Token };
        try
        {
            await Parallel.ForEachAsync(services.Services.Where(s => s.Instances > 0), options, async (candidate, token) =>
            {
                var route = Balanced(settings, new ServiceKey(candidate.Namespace, candidate.Service));
                if (await OffersAsync(route, settings.Service, token) && Interlocked.CompareExchange(ref found, route, null) is null)
                {
                    await ended.CancelAsync();
                }
                else
                {
                    await route.DisposeAsync();
                }
            });
        }
        catch (OperationCanceledException) when (found is not null)
        {
            // The others need not be asked any more.
        }

        return found ?? throw new RpcException(
            StatusCode.NotFound,
            $"None of the {services.Services.Count} services that the registry at {settings.Registry} knows says that it offers "
            + $"'{settings.Service}'. --service or --address names the server; it must offer server reflection.");
    }

    /// <summary>Whether the server says that it offers the service. One that does not answer, or has no reflection, does
    /// not.</summary>
    private static async Task<bool> OffersAsync(CallRoute route, string service, CancellationToken cancellationToken)
    {
        try
        {
            var offered = await new ReflectionClient(route.Client).ListServicesAsync(
                new GrpcCallOptions { Timeout = SearchTimeout, CancellationToken = cancellationToken });
            return offered.Contains(service);
        }
        catch (RpcException)
        {
            return false;
        }
    }
}
