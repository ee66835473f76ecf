using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests;

/// <summary>A watch stream that a test reads message by message.</summary>
public sealed class WatchReader : IAsyncDisposable
{
    // A test that waits for a message which never comes must fail with what it did get.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly StreamingCall<WatchRequest, WatchResponse> _call;
    private readonly List<string> _seen = [];

    public WatchReader(GrpcClient client) => _call = client.Streaming(RegistryMethods.Watch);

    public ValueTask SubscribeAsync(string service, ResumeToken? resume = null, bool withLoad = false, string selector = "") =>
        _call.WriteAsync(new WatchRequest
        {
            Subscribe = new Subscribe { Service = service, Resume = resume, WithLoad = withLoad, Selector = selector },
        });

    public ValueTask SendAsync(WatchRequest request) => _call.WriteAsync(request);

    public async Task<WatchResponse> ReadAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            var message = await _call.ReadAsync(patience.Token)
                ?? throw new InvalidOperationException("The registry ended the watch.");
            _seen.Add($"{message.Service}: {message.EventCase}");
            return message;
        }
        catch (Exception e) when (patience.IsCancellationRequested)
        {
            throw new TimeoutException($"No message within {s_patience.TotalSeconds} s. The last: {string.Join(", ", _seen.TakeLast(20))}", e);
        }
    }

    /// <summary>Reads up to and including the first message of a kind, and returns it.</summary>
    public async Task<WatchResponse> ReadUntilAsync(WatchResponse.EventOneofCase kind, Func<WatchResponse, bool>? condition = null)
    {
        while (true)
        {
            var message = await ReadAsync();
            if (message.EventCase == kind && condition?.Invoke(message) != false)
            {
                return message;
            }
        }
    }

    public async Task<ResumeToken> ReadProgressAsync() =>
        (await ReadUntilAsync(WatchResponse.EventOneofCase.Progress)).Progress.Token;

    public Task<WatchResponse> ReadLivenessAsync(string instanceId, Liveness liveness) => ReadUntilAsync(
        WatchResponse.EventOneofCase.Soft,
        m => m.Soft.States.Any(s => s.InstanceId == instanceId && s.Liveness == liveness));

    /// <summary>Says that nothing more comes, and reads to the end: then the registry is done with the stream.</summary>
    public async Task EndAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        await _call.CompleteWritesAsync();
        while (await _call.ReadAsync(patience.Token) is not null)
        {
        }
    }

    public ValueTask DisposeAsync() => _call.DisposeAsync();
}
