using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Muster.Core;
using Muster.Core.Checks;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Registry.Checks;

/// <summary>Probes a target once: connects, asks, hangs up.</summary>
/// <remarks>Thread-safe. Each probe has a connection of its own: what is asked is whether the instance takes a new one, and ten
/// thousand targets would otherwise be ten thousand idle sockets. It believes nothing it is told: redirects are not followed, no
/// body is read, headers and messages are bounded, and nothing lasts longer than the check's timeout.</remarks>
internal sealed class Prober(TimeProvider timeProvider) : IProber
{
    private readonly HostLookup _hosts = new();

    public async Task<ProbeResult> ProbeAsync(CheckTarget target, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(target.Check.Timeout, timeProvider);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        var probing = RunAsync(target, ending.Token);
        try
        {
            // Not only by the token: what does not listen to it must not keep the place.
            return await probing.WaitAsync(ending.Token);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopping);
        }
        catch (Exception) when (timeout.IsCancellationRequested)
        {
            return new ProbeResult(false, string.Create(
                CultureInfo.InvariantCulture, $"no answer within {target.Check.Timeout.TotalSeconds:0.###} s"));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new ProbeResult(false, Describe(e));
        }
        finally
        {
            // Whatever it still comes to, somebody has seen it.
            _ = probing.ContinueWith(p => p.Exception, TaskContinuationOptions.OnlyOnFaulted);
        }
    }

    private async Task<ProbeResult> RunAsync(CheckTarget target, CancellationToken cancellationToken)
    {
        if (target.Check.Kind == CheckKind.Tcp)
        {
            using var socket = await _hosts.ConnectAsync(target.Host, target.Endpoint.Port, cancellationToken);
            return new ProbeResult(true, "connected");
        }

        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => new NetworkStream(
                await _hosts.ConnectAsync(target.Host, target.Endpoint.Port, token), ownsSocket: true),
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = Limits.CheckHeaderKibMax,
            MaxResponseDrainSize = 0,
        };
        using var invoker = new HttpMessageInvoker(handler);
        var server = new Uri($"{target.Endpoint.Scheme}://{HostPort.Format(target.Host, target.Endpoint.Port)}");
        return target.Check.Kind == CheckKind.Http
            ? await GetAsync(invoker, server, target, cancellationToken)
            : await AskAsync(invoker, server, target.Check, cancellationToken);
    }

    private static async Task<ProbeResult> GetAsync(
        HttpMessageInvoker invoker, Uri server, CheckTarget target, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, target.Check.Path))
        {
            Version = target.Endpoint.Protocol == EndpointProtocol.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.UserAgent.Add(new("muster-check", null));
        request.Headers.ConnectionClose = request.Version == HttpVersion.Version11 ? true : null;
        using var response = await invoker.SendAsync(request, cancellationToken);
        var status = (int)response.StatusCode;
        var expected = target.Check.ExpectedStatus;
        var isSuccess = expected == 0 ? status is >= 200 and <= 299 : status == expected;
        var wanted = expected == 0 ? "200 to 299" : expected.ToString(CultureInfo.InvariantCulture);
        return new ProbeResult(isSuccess, string.Create(
            CultureInfo.InvariantCulture, $"status {status}{(isSuccess ? "" : $", {wanted} is wanted")}"));
    }

    private async Task<ProbeResult> AskAsync(
        HttpMessageInvoker invoker, Uri server, ActiveCheck check, CancellationToken cancellationToken)
    {
        var client = new GrpcClient(invoker, server, new GrpcClientOptions
        {
            TimeProvider = timeProvider,
            ReceiveMessageBytesMax = Limits.CheckMessageBytesMax,
        });
        var status = await new HealthClient(client).CheckAsync(
            check.GrpcService, new GrpcCallOptions { Timeout = check.Timeout, CancellationToken = cancellationToken });
        return new ProbeResult(status == HealthStatus.Serving, $"health {status}");
    }

    private static string Describe(Exception e) => e switch
    {
        RpcException rpc => rpc.Status.ToString(),
        HttpRequestException { InnerException: { } inner } => inner.Message,
        _ => e.Message,
    };
}
