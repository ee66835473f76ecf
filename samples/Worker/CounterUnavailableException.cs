namespace Muster.Samples.Worker;

/// <summary>The counters cannot be reached now; the message says where they are looked for and what went wrong.</summary>
internal sealed class CounterUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
