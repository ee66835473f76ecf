using Google.Protobuf;
using Muster.Bench.LoadDriver.Http2;

namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>A stream on which requests are outstanding all the time: each answer lets the next request go.</summary>
/// <param name="first">Opens the stream; its answer is not counted.</param>
/// <param name="request">Makes the request of a number.</param>
/// <param name="outstanding">How many requests wait for their answer at a time.</param>
/// <param name="work">What is left to do.</param>
/// <param name="checkAnswer">Throws if an answer is a refusal.</param>
internal sealed class Conversation(
    IMessage first, Func<long, IMessage> request, int outstanding, Work work, AnswerCheck checkAnswer) : FrameStream
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isOpen;
    private int _waiting;

    /// <summary>Completes when there is nothing left to do and every answer has come.</summary>
    public Task Finished => _finished.Task;

    public void Begin(FrameConnection connection, string path) =>
        connection.Start(this, path, first.ToByteArray(), isLast: false);

    protected override void OnMessage(FrameConnection connection, ReadOnlySpan<byte> message)
    {
        checkAnswer(message);
        if (!_isOpen)
        {
            _isOpen = true;
            for (var i = 0; i < outstanding; i++)
            {
                SendNext(connection);
            }
        }
        else
        {
            _waiting--;
            work.Done(0, 0, 0);
            SendNext(connection);
        }

        if (_waiting == 0)
        {
            _finished.TrySetResult();
        }
    }

    public override void OnEnd(FrameConnection connection, string? failure) =>
        _finished.TrySetException(new InvalidOperationException($"A stream ended: {failure ?? "by its server"}"));

    private void SendNext(FrameConnection connection)
    {
        if (work.TryTake(out var number))
        {
            _waiting++;
            connection.Send(this, request(number).ToByteArray());
        }
    }
}
