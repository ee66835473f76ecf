using System.Net;
using Google.Protobuf;
using Muster.Grpc;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>A call whose request has begun and does not end: it is held until it is left.</summary>
internal sealed class WireStream : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private readonly List<IMessage> _messages = [];
    private readonly Task<Status?> _call;

    public WireStream(byte[] body, Func<HttpContent, List<IMessage>, CancellationToken, Task<Status?>> call)
    {
        var content = new EndlessContent(body, _gone.Token);
        Written = content.Written;
        _call = call(content, _messages, _gone.Token);
    }

    /// <summary>Completes when all of the body is on its way.</summary>
    public Task Written { get; }

    /// <summary>Leaves it, as a client does that is killed.</summary>
    public async Task<WireAnswer> LeaveAsync()
    {
        await Task.WhenAny(Written, _call);
        await _gone.CancelAsync();
        Status? status = null;
        try
        {
            status = await _call;
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // Left.
        }

        return new WireAnswer(status, _messages);
    }

    public void Dispose() => _gone.Dispose();

    private sealed class EndlessContent(byte[] body, CancellationToken gone) : HttpContent
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Written => _written.Task;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            try
            {
                await stream.WriteAsync(body, gone);
                await stream.FlushAsync(gone);
            }
            finally
            {
                _written.TrySetResult();
            }

            await new TaskCompletionSource().Task.WaitAsync(gone);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
