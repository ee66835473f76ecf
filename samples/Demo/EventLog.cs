using System.Collections.Immutable;

namespace Muster.Samples.Demo;

/// <summary>The last things that happened, in sentences.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class EventLog
{
    private const int SentencesMax = 6;

    private ImmutableQueue<string> _sentences = [];

    /// <summary>Fires with each sentence.</summary>
    public event Action<string>? Said;

    /// <summary>The last few, oldest first.</summary>
    public IEnumerable<string> Sentences => Volatile.Read(ref _sentences);

    /// <summary>Adds a sentence.</summary>
    public void Say(string sentence)
    {
        ImmutableInterlocked.Update(ref _sentences, static (queue, added) =>
        {
            var longer = queue.Enqueue(added);
            return longer.Count() > SentencesMax ? longer.Dequeue() : longer;
        }, sentence);
        Said?.Invoke(sentence);
    }
}
