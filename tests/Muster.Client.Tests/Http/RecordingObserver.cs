using System.Collections.Concurrent;
using System.Threading.Channels;
using Muster.Client.Balancing;

namespace Muster.Client.Tests.Http;

/// <summary>Keeps what it hears, and lets a test wait for it.</summary>
internal sealed class RecordingObserver : ICallObserver
{
    private readonly ConcurrentQueue<string> _picked = new();
    private readonly ConcurrentQueue<AttemptOutcome> _completed = new();
    private readonly Channel<AttemptOutcome> _completions = Channel.CreateUnbounded<AttemptOutcome>();

    public IReadOnlyCollection<string> Picked => _picked;

    public IReadOnlyCollection<AttemptOutcome> Completed => _completed;

    public void OnPicked(string service, string instanceId) => _picked.Enqueue(instanceId);

    public ConcurrentQueue<string?> Shadows { get; } = new();

    public void OnShadowPicked(string service, string instanceId, string? shadowInstanceId) => Shadows.Enqueue(shadowInstanceId);

    public void OnCompleted(AttemptOutcome outcome)
    {
        _completed.Enqueue(outcome);
        _completions.Writer.TryWrite(outcome);
    }

    /// <summary>Waits for one more completion than was waited for before.</summary>
    public Task<AttemptOutcome> NextCompletionAsync() =>
        _completions.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
}
