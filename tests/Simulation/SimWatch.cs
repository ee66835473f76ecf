using System.Threading.Channels;
using Muster.Protocol.V1;
using Muster.Registry.Watch;

namespace Muster.Simulation;

/// <summary>The registry's end of a watch stream: the product's own calls and pump on a stream with a window.</summary>
internal sealed class SimWatch
{
    private readonly World _world;
    private readonly SimNode _node;
    private readonly SimStream _stream;
    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<WatchRequest> _requests = Channel.CreateUnbounded<WatchRequest>();
    private readonly SimWatchWriter _writer;
    private readonly string _client;
    private bool _isRunning;

    public SimWatch(World world, SimNode node, SimStream stream, string client, Action<WatchResponse> toClient)
    {
        _world = world;
        _node = node;
        _stream = stream;
        _client = client;
        _writer = new SimWatchWriter(world, node.Fault, stream, toClient);
        stream.ServerEnd = _ending.Cancel;
        node.Streams.Add(stream);
    }

    /// <summary>The client has opened the stream; it needs no message to be there.</summary>
    public void Open()
    {
        _isRunning = true;
        _ = RunAsync();
    }

    public void Receive(WatchRequest request)
    {
        if (!_isRunning)
        {
            Open();
        }

        if (_node.Fault == Fault.ResumeThatSkips && request.Subscribe?.Resume is { } resume && resume.StoreId == _node.Feed.Current.StoreId)
        {
            resume.Revision = _node.Feed.Current.Revision.Value;
        }

        _requests.Writer.TryWrite(request);
    }

    /// <summary>The client has read a message: there is room for another.</summary>
    public void OnRead() => _writer.OnRead();

    private async Task RunAsync()
    {
        try
        {
            using var subscriptions = new WatchSubscriptions(_node.Hub, _node.Hub.TryOpen(_client, canAcknowledge: true)!);
            var pumping = _node.Pump.RunAsync(subscriptions, _writer, _ending.Token);
            try
            {
                // Not ReadAllAsync, which leaves the world's thread.
                while (true)
                {
                    var request = await _requests.Reader.ReadAsync(_ending.Token);
                    await _node.Watches.HandleAsync(request, subscriptions, _ending.Token);
                }
            }
            finally
            {
                _ending.Cancel();
                await pumping;
            }
        }
        catch (OperationCanceledException)
        {
            // The stream has ended.
        }
        catch (Exception e)
        {
            _world.Fail(e);
        }
    }
}
