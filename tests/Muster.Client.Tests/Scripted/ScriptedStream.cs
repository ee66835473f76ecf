using System.Threading.Channels;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;

namespace Muster.Client.Tests.Scripted;

/// <summary>One stream of the scripted registry: the test reads what the client sends and decides what it gets.</summary>
public sealed class ScriptedStream<TRequest, TResponse>(IResponseWriter<TResponse> responses)
    where TRequest : class
    where TResponse : class
{
    private readonly Channel<TRequest> _requests = Channel.CreateUnbounded<TRequest>();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the client has gone or ended its side.</summary>
    public Task ClientGone => _requests.Reader.Completion;

    public async Task<TRequest> ReadAsync() => await _requests.Reader.ReadAsync().AsTask().InTime();

    /// <summary>What has arrived and was not read; null if nothing.</summary>
    public TRequest? TryRead() => _requests.Reader.TryRead(out var request) ? request : null;

    public async Task SendAsync(TResponse response) => await responses.WriteAsync(response).AsTask().InTime();

    /// <summary>Ends the stream with OK.</summary>
    public void End() => _end.TrySetResult();

    public void End(StatusCode code, string detail) => _end.TrySetException(new RpcException(code, detail));

    internal async Task RunAsync(IRequestReader<TRequest> requests, CancellationToken cancellationToken)
    {
        var pumping = PumpAsync(requests, cancellationToken);
        await Task.WhenAny(_end.Task, pumping);
        if (!_end.Task.IsCompleted)
        {
            return;
        }

        await _end.Task;
    }

    private async Task PumpAsync(IRequestReader<TRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var request in requests.ReadAllAsync(cancellationToken))
            {
                _requests.Writer.TryWrite(request);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException or InvalidOperationException)
        {
            // The client went away, or the test ended the stream: both are what tests are about.
        }
        finally
        {
            _requests.Writer.TryComplete();
        }
    }
}
