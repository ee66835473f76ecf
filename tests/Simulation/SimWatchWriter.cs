using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.V1;

namespace Muster.Simulation;

/// <summary>Writes down a watch stream that holds so many messages which the client has not read; then the writer waits, as it does for
/// HTTP/2's window.</summary>
internal sealed class SimWatchWriter(World world, Fault fault, SimStream stream, Action<WatchResponse> toClient)
    : IResponseWriter<WatchResponse>
{
    private const int WindowMessages = 24;

    private TaskCompletionSource? _room;
    private int _unread;
    private ulong _lastRevision;
    private bool _isSilent;

    public ValueTask WriteAsync(WatchResponse message, CancellationToken cancellationToken = default) =>
        SendAsync(message, cancellationToken);

    public ValueTask WriteAsync(EncodedMessage message, bool flush = true, CancellationToken cancellationToken = default) =>
        SendAsync(WatchResponse.Parser.ParseFrom(message.Frame.Span[5..]), cancellationToken);

    public void OnRead()
    {
        _unread--;
        _room?.TrySetResult();
    }

    private async ValueTask SendAsync(WatchResponse message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsDropped(message))
        {
            return;
        }

        while (_unread >= WindowMessages)
        {
            var room = _room = new TaskCompletionSource();
            using var ended = cancellationToken.Register(() => room.TrySetCanceled(cancellationToken));
            await room.Task;
        }

        _unread++;
        stream.Down(() => toClient(message));
    }

    private bool IsDropped(WatchResponse message)
    {
        var revision = message.Upserted?.Revision ?? message.Removed?.Revision ?? 0;
        var isSecond = revision != 0 && revision == _lastRevision;
        _lastRevision = message.EventCase is WatchResponse.EventOneofCase.Soft ? _lastRevision : revision;
        switch (fault)
        {
            case Fault.LostEvent:
                return revision != 0 && world.Chance(0.02);
            case Fault.HalfDeliveredCommit:
                return isSecond && world.Chance(0.2);
            case Fault.RevisionGoesBack when message.Progress is { Token: { Revision: > 3 } token } && world.Chance(0.02):
                token.Revision -= 3;
                return false;
            case Fault.ForgottenWatcher:
                _isSilent |= message.Progress is not null && world.Chance(0.01);
                return _isSilent;
            default:
                return false;
        }
    }
}
