using System.Globalization;
using Muster.Client.Balancing;

namespace Muster.Samples.Shell;

/// <summary>What the handler did for the calls: attempts, and what a second policy would have done.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class AttemptTally : ICallObserver
{
    private long _picked;
    private long _failed;
    private long _shadowed;
    private long _agreed;

    /// <inheritdoc />
    public void OnPicked(string service, string instanceId) => Interlocked.Increment(ref _picked);

    /// <inheritdoc />
    public void OnShadowPicked(string service, string instanceId, string? shadowInstanceId)
    {
        Interlocked.Increment(ref _shadowed);
        if (string.Equals(instanceId, shadowInstanceId, StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _agreed);
        }
    }

    /// <inheritdoc />
    public void OnCompleted(AttemptOutcome outcome)
    {
        if (!outcome.Success)
        {
            Interlocked.Increment(ref _failed);
        }
    }

    /// <summary>A line or two.</summary>
    /// <param name="calls">How many calls there were.</param>
    public IEnumerable<string> Describe(int calls)
    {
        var attempts = Interlocked.Read(ref _picked);
        yield return string.Create(
            CultureInfo.InvariantCulture, $"{calls} calls took {attempts} attempts, of which {Interlocked.Read(ref _failed)} failed or were given up");
        if (Interlocked.Read(ref _shadowed) is > 0 and var shadowed)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"the shadow policy would have chosen the same instance {Interlocked.Read(ref _agreed)} of {shadowed} times");
        }
    }
}
