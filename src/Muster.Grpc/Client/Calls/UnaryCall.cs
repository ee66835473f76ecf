using System.Runtime.CompilerServices;
using Google.Protobuf;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Calls;

/// <summary>One request, one response.</summary>
internal static class UnaryCall
{
    /// <summary>Sends the request and reads the response to its end.</summary>
    /// <param name="transport">Sends it.</param>
    /// <param name="request">The request; disposed here.</param>
    /// <param name="responseType">The response message.</param>
    /// <param name="messageBytesMax">The receive limit.</param>
    /// <param name="lifetime">The call's deadline and caller; disposed here.</param>
    /// <param name="waitForReady">Whether to wait for a server that cannot be reached.</param>
    /// <param name="received">Takes headers and trailers; null when nobody asks for them.</param>
    /// <exception cref="RpcException">The call did not end with OK.</exception>
    public static async Task<TResponse> RunAsync<TResponse>(
        Transport transport, HttpRequestMessage request, MessageType<TResponse> responseType, int messageBytesMax,
        CallLifetime lifetime, bool waitForReady, ReceivedMetadata? received)
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            using var response = await transport.SendAsync(request, lifetime, waitForReady).ConfigureAwait(false);
            if (ResponseHead.EarlyStatus(response) is { } early)
            {
                // OK without a message is as wrong here as anywhere.
                throw early.Code == StatusCode.OK
                    ? WireError.NoMessage()
                    : ResponseHead.ReadEnd(
                        early, response.Headers.NonValidated, response.Content.Headers.NonValidated).ToException();
            }

            var message = await ReadBodyAsync(
                response, responseType, messageBytesMax, lifetime.Token).ConfigureAwait(false);
            End(request, response, failure: null);
            var status = ResponseHead.FinalStatus(response);
            if (status.Code != StatusCode.OK)
            {
                throw ResponseHead.ReadEnd(status, response.TrailingHeaders.NonValidated).ToException();
            }

            received?.Take(response);
            return message ?? throw WireError.NoMessage();
        }
        catch (Exception e) when (e is not RpcException)
        {
            End(request, response: null, e);
            throw TransportFailure.Map(e, lifetime);
        }
        finally
        {
            End(request, response: null, failure: null);
            lifetime.Dispose();
            request.Dispose();
        }
    }

    // A handler may have given the request another content, which then tells nobody.
    private static void End(HttpRequestMessage request, HttpResponseMessage? response, Exception? failure) =>
        (request.Content as UnaryContent)?.End(response, failure);

    /// <summary>Reads the message and the end of the stream, after which the trailers are there.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<TResponse?> ReadBodyAsync<TResponse>(
        HttpResponseMessage response,
        MessageType<TResponse> responseType,
        int messageBytesMax,
        CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>
    {
        var stream = response.Content.ReadAsStream(cancellationToken);
        var reader = new ResponseReader<TResponse>(
            stream, new MessageDecoder<TResponse>(responseType, messageBytesMax, ResponseHead.IsGzip(response)));
        try
        {
            var message = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (message is not null && await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is not null)
            {
                throw WireError.SecondMessage();
            }

            return message;
        }
        finally
        {
            reader.Release();
        }
    }
}
