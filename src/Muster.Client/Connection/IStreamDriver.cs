using Muster.Grpc;

namespace Muster.Client.Connection;

/// <summary>Decides what goes over a stream; <see cref="StreamLoop{TRequest, TResponse}"/> does the sending and the waiting.</summary>
/// <remarks>Thread-safe: the loop's reader and writer and the application's threads all call it.</remarks>
internal interface IStreamDriver<TRequest, TResponse>
{
    /// <summary>Whether there is anything to keep a stream up for.</summary>
    bool IsWanted { get; }

    /// <summary>Where the next stream goes to; null means the configured registry.</summary>
    string? Address { get; }

    /// <summary>When <see cref="TakeNext"/> has something to send, or <see cref="IsOver"/> turns true, by time alone; null is
    /// never.</summary>
    TimeSpan? WakeAt { get; }

    /// <summary>How long the first try after a loss may wait at most; <see cref="Backoff.FirstDelayMax"/> if there is no hurry.</summary>
    TimeSpan FirstDelayMax { get; }

    /// <summary>A stream starts: nothing has been sent on it.</summary>
    void OnOpened(RegistryChannel channel);

    /// <summary>Takes a message. The next one is read once this has returned.</summary>
    void OnReceived(TResponse message);

    /// <summary>The stream is gone.</summary>
    /// <param name="wasUp">Whether the registry ever answered on it.</param>
    /// <param name="code">The status that the registry ended it with, or that the transport's failure was given; null if this
    /// side ended it.</param>
    void OnLost(bool wasUp, StatusCode? code);

    /// <summary>Takes the next message to send; null if there is none now.</summary>
    TRequest? TakeNext();

    /// <summary>Whether this side wants the stream to end, and how it says so in the log; null lets it live.</summary>
    string? IsOver { get; }

    /// <summary>Whether something cannot wait for the back-off; asking takes the wish away.</summary>
    bool TakeUrgency();
}
