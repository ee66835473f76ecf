namespace Muster.Samples.Worker;

/// <summary>Where counters live.</summary>
/// <remarks>Thread-safe.</remarks>
internal interface ICounterStore
{
    /// <summary>Adds one, once for each key.</summary>
    /// <param name="counter">The counter.</param>
    /// <param name="idempotencyKey">Names this increment; null counts every call.</param>
    /// <param name="cancellationToken">Stops waiting; the increment may have been counted.</param>
    /// <exception cref="CounterUnavailableException">The store did not answer in time; the increment may have been counted.</exception>
    Task<CountedIncrement> IncrementAsync(string counter, string? idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Reads a counter; 0 if it was never incremented.</summary>
    /// <exception cref="CounterUnavailableException">The store did not answer in time.</exception>
    Task<long> GetAsync(string counter, CancellationToken cancellationToken);
}
