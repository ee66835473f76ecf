using System.Diagnostics;
using System.Diagnostics.Tracing;

namespace Muster.Grpc.Tests.RawHttp2.Cuts;

/// <summary>Keeps count of the pooled buffers that Muster.Grpc has rented, through the events of the shared
/// pool.</summary>
/// <remarks>The events come on the thread that rents. Tests that run beside are told apart by an
/// <see cref="AsyncLocal{T}"/>, and what .NET itself rents by the first caller outside of it.</remarks>
internal sealed class BufferLedger : EventListener
{
    private const int BufferRented = 1;
    private const int BufferReturned = 3;

    private static readonly AsyncLocal<BufferLedger?> Current = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<int, string> _held = [];
    private TaskCompletionSource _balanced = Waits.NewEvent();

    public BufferLedger() => Current.Value = this;

    /// <summary>How many buffers were rented in all.</summary>
    public int Rented { get; private set; }

    /// <summary>Completes when every buffer is back: a transport may still hold one of a call that has ended.</summary>
    public Task BalancedAsync()
    {
        lock (_gate)
        {
            return _held.Count == 0 ? Task.CompletedTask : _balanced.Task;
        }
    }

    /// <summary>Who rented what is still held.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            return string.Join('\n', _held.Values);
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
        {
            EnableEvents(eventSource, EventLevel.Verbose);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId == BufferRented && Current.Value == this && Renter() is { } renter)
        {
            lock (_gate)
            {
                _held[(int)eventData.Payload![0]!] = renter;
                Rented++;
            }
        }
        else if (eventData.EventId == BufferReturned && _gate is not null)
        {
            lock (_gate)
            {
                if (_held.Remove((int)eventData.Payload![0]!) && _held.Count == 0)
                {
                    _balanced.SetResult();
                    _balanced = Waits.NewEvent();
                }
            }
        }
    }

    /// <summary>The method that rents, if it is one of Muster.Grpc.</summary>
    private static string? Renter()
    {
        var caller = new StackTrace().GetFrames().Select(frame => frame.GetMethod()?.DeclaringType)
            .FirstOrDefault(type => type is not null && type != typeof(BufferLedger)
                && type.Assembly != typeof(object).Assembly);
        return caller?.Assembly == typeof(GrpcClient).Assembly ? caller.FullName : null;
    }
}
