using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Google.Protobuf;
using Muster.Client.Http;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Grpc;
using Muster.Samples.Contracts;
using Muster.Samples.V1;

namespace Muster.Samples.Shared.Calls;

/// <summary>Calls the samples by name: the registry says where they are, a policy chooses among them.</summary>
/// <remarks>Thread-safe. Every failure arrives as <see cref="RpcException"/>.</remarks>
internal sealed class SampleClient : IDisposable
{
    /// <summary>The service of plain HTTP.</summary>
    public const string RestServiceName = "rest";

    private const string AffinityHeader = "muster-affinity";

    /// <summary>How long a call may take unless it is told otherwise.</summary>
    public static readonly TimeSpan CallTimeoutDefault = TimeSpan.FromSeconds(5);

    // The rest of a call's time is for the call. With nothing left, a caller would hear of a deadline and not of the registry
    // that did not answer.
    private const double DiscoveryShare = 0.6;

    private readonly MusterClient _muster;
    private readonly TimeSpan _callTimeout;
    private readonly BalancingOptions _balancing;
    private readonly string? _affinityKey;

    // One client for each policy, of which there are a dozen.
    private readonly ConcurrentDictionary<string, Lazy<HttpClient>> _clients = new(StringComparer.Ordinal);

    /// <summary>Creates a client.</summary>
    /// <param name="muster">Finds the services. Not disposed here.</param>
    /// <param name="callTimeout">The deadline of each call.</param>
    /// <param name="balancing">How to call, but for the policy, which each call names.</param>
    /// <param name="affinityKey">What all calls belong to, for the policies that keep together what belongs together; null is
    /// nothing.</param>
    public SampleClient(MusterClient muster, TimeSpan callTimeout, BalancingOptions balancing, string? affinityKey = null)
    {
        _muster = muster;
        _callTimeout = callTimeout;
        _balancing = balancing;
        _affinityKey = affinityKey;
    }

    /// <summary>a + b, whole numbers, by a worker.</summary>
    public async Task<Answer> SumAsync(long a, long b, string policy, CancellationToken cancellationToken)
    {
        var response = await CallAsync(
            SumMethods.ServiceName, policy, SumMethods.Sum, new SumRequest { A = a, B = b }, null, cancellationToken);
        return new Answer(response.Sum, response.ServedBy);
    }

    /// <summary>Adds one to a counter, once, even if the call has to be sent twice.</summary>
    /// <param name="counter">The counter; empty is the workers' default.</param>
    /// <param name="key">Chosen anew for each increment.</param>
    /// <param name="policy">How to choose the worker.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<Answer> IncrementAsync(string counter, string key, string policy, CancellationToken cancellationToken)
    {
        // The key goes twice: in the message for the worker, and in the header for the handler, which cannot read messages.
        var headers = new Metadata();
        headers.Add(IncrementMethods.IdempotencyKeyHeader, key);
        var response = await CallAsync(
            IncrementMethods.ServiceName, policy, IncrementMethods.Increment,
            new IncrementRequest { Counter = counter, IdempotencyKey = key }, headers, cancellationToken);
        return new Answer(response.Value, response.ServedBy);
    }

    /// <summary>Reads a counter.</summary>
    public async Task<Answer> GetAsync(string counter, string policy, CancellationToken cancellationToken)
    {
        var response = await CallAsync(
            IncrementMethods.ServiceName, policy, IncrementMethods.Get, new GetRequest { Counter = counter }, null, cancellationToken);
        return new Answer(response.Value, response.ServedBy);
    }

    /// <summary>One of <see cref="CalculatorMethods"/>.</summary>
    public async Task<Answer> CalculateAsync(
        GrpcMethod<CalculatorRequest, CalculatorResponse> operation, double a, double b, string policy,
        CancellationToken cancellationToken)
    {
        var response = await CallAsync(
            CalculatorMethods.ServiceName, policy, operation, new CalculatorRequest { A = a, B = b }, null, cancellationToken);
        return new Answer(response.Result, response.ServedBy);
    }

    /// <summary>The text again.</summary>
    public async Task<Answer> EchoAsync(string text, string policy, CancellationToken cancellationToken)
    {
        var response = await CallAsync(
            EchoMethods.ServiceName, policy, EchoMethods.Echo, new EchoRequest { Text = text }, null, cancellationToken);
        return new Answer(response.Text, response.ServedBy);
    }

    /// <summary>A greeting, over plain HTTP.</summary>
    public async Task<Answer> GreetAsync(string name, string policy, CancellationToken cancellationToken)
    {
        try
        {
            var greeting = await ClientOf(policy).GetFromJsonAsync<JsonElement>(
                new Uri($"http://{RestServiceName}/hello/{Uri.EscapeDataString(name)}"), cancellationToken);
            return new Answer(greeting.GetProperty("greeting").GetString()!, greeting.GetProperty("servedBy").GetString()!);
        }
        catch (HttpRequestException error)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, error.Message), null, error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"No answer within {_callTimeout}."), null, error);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Value.Dispose();
        }
    }

    private TimeSpan DiscoveryTimeout
    {
        get
        {
            // BalancingOptions allows a minute at most.
            var share = _callTimeout * DiscoveryShare;
            return share < TimeSpan.FromMinutes(1) ? share : TimeSpan.FromMinutes(1);
        }
    }

    private Task<TResponse> CallAsync<TRequest, TResponse>(
        string service, string policy, GrpcMethod<TRequest, TResponse> method, TRequest request, Metadata? headers,
        CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var client = new GrpcClient(
            ClientOf(policy), new Uri($"http://{service}"), new GrpcClientOptions { TimeProvider = _muster.Options.TimeProvider });
        return client.UnaryAsync(method, request, new GrpcCallOptions
        {
            Headers = headers, Timeout = _callTimeout, CancellationToken = cancellationToken,
        });
    }

    private HttpClient ClientOf(string policy) => _clients.GetOrAdd(
        policy,
        static (name, self) => new Lazy<HttpClient>(() => self.Create(name)),
        this).Value;

    private HttpClient Create(string policy)
    {
        var client = new HttpClient(new MusterHandler(_muster, _balancing with
        {
            Policy = policy, DiscoveryTimeout = DiscoveryTimeout, AffinityHeader = AffinityHeader,
        }))
        {
            Timeout = _callTimeout,
        };
        if (_affinityKey is not null)
        {
            client.DefaultRequestHeaders.Add(AffinityHeader, _affinityKey);
        }

        return client;
    }
}
