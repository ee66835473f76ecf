using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Testing.Contract;
using Recording = Muster.Testing.Contract.History;
using ServiceKey = Muster.Core.Model.ServiceKey;

namespace Muster.Registry.Tests.Contract;

/// <summary>A watcher of one service that records what it is delivered, and comes back from where it was.</summary>
internal sealed class RecordedWatcher(GrpcClient client, Recording history, Func<TimeSpan> now, string name, ServiceKey service)
    : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(ulong Revision, TaskCompletionSource Reached)> _waiting = [];
    private StreamingCall<WatchRequest, WatchResponse>? _call;
    private Task _reading = Task.CompletedTask;
    private ResumeToken? _token;

    public async Task ConnectAsync()
    {
        _call = client.Streaming(RegistryMethods.Watch);
        history.Add(() => new HistoryEvent.Subscribed(now(), name, service, _token.ToCore()));
        await _call.WriteAsync(new WatchRequest
        {
            Subscribe = new Subscribe { Namespace = service.Namespace, Service = service.Name, Resume = _token },
        });
        _reading = ReadAllAsync(_call);
    }

    public async Task DisconnectAsync()
    {
        await _call!.DisposeAsync();
        await _reading;
        history.Add(() => new HistoryEvent.WatchLost(now(), name));
    }

    /// <summary>Completes once it has been told of a revision.</summary>
    public Task ReachedAsync(ulong revision)
    {
        lock (_lock)
        {
            if (_token?.Revision >= revision)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((revision, reached));
            return reached.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _call!.DisposeAsync();
        await _reading;
    }

    private async Task ReadAllAsync(StreamingCall<WatchRequest, WatchResponse> call)
    {
        try
        {
            while (await call.ReadAsync() is { } message)
            {
                Take(message);
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            // The stream ended; whoever ended it says so in the history.
        }
    }

    private void Take(WatchResponse message)
    {
        if (WatchHistory.Of(default, name, message) is not null)
        {
            history.Add(() => WatchHistory.Of(now(), name, message)!);
        }

        if (message.Progress is { } progress)
        {
            lock (_lock)
            {
                _token = progress.Token;
                foreach (var (_, reached) in _waiting.Where(w => w.Revision <= _token.Revision))
                {
                    reached.TrySetResult();
                }
            }
        }
    }
}
