using System.Globalization;
using System.Net;
using Muster.Bench.LoadLab.Protos;
using Muster.Client.Http;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Grpc;

namespace Muster.Bench.LoadLab.Real;

/// <summary>One calling process's worth of Muster: a client with connections, statistics and a watch of its own.</summary>
internal sealed class RealCaller : ICallObserver, IAsyncDisposable
{
    private static readonly Uri s_service = new($"http://{LabMethods.Service}");

    private readonly RealProtocol _protocol;
    private readonly MusterClient _client;
    private readonly HttpMessageInvoker _invoker;
    private readonly GrpcClient _grpc;
    private long _attempts;

    public RealCaller(string registry, string policy, RealProtocol protocol, int seed)
    {
        _protocol = protocol;
        _client = new MusterClient(new MusterClientOptions { Registry = registry, Seed = seed });
        _invoker = new HttpMessageInvoker(new MusterHandler(_client, new BalancingOptions { Policy = policy, Observer = this }));
        _grpc = new GrpcClient(_invoker, s_service, new GrpcClientOptions { TimeProvider = TimeProvider.System });
    }

    /// <summary>Attempts so far.</summary>
    public long Attempts => Interlocked.Read(ref _attempts);

    /// <summary>Asks for work, and waits for the end of the answer.</summary>
    /// <returns>Why it failed; null if it did not.</returns>
    public async Task<string?> CallAsync(long micros, CancellationToken cancellationToken)
    {
        try
        {
            if (_protocol == RealProtocol.Grpc)
            {
                await _grpc.UnaryAsync(LabMethods.Work, new WorkRequest { Micros = micros }, new GrpcCallOptions { CancellationToken = cancellationToken });
                return null;
            }

            using var request = new HttpRequestMessage(
                HttpMethod.Get, new Uri(s_service, string.Create(CultureInfo.InvariantCulture, $"{LabMethods.WorkPath}?{LabMethods.MicrosQuery}={micros}")))
            {
                Version = _protocol == RealProtocol.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var response = await _invoker.SendAsync(request, cancellationToken);
            await response.Content.CopyToAsync(Stream.Null, cancellationToken);
            return response.IsSuccessStatusCode ? null : $"status {(int)response.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or RpcException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    public void OnPicked(string service, string instanceId) => Interlocked.Increment(ref _attempts);

    public void OnCompleted(AttemptOutcome outcome)
    {
    }

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        await _client.DisposeAsync();
    }
}
