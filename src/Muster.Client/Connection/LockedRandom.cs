namespace Muster.Client.Connection;

/// <summary>A seeded source that several threads may use.</summary>
internal sealed class LockedRandom(int seed) : Random(seed)
{
    // Every public method of Random that this library calls ends in one of these two.
    private readonly Lock _lock = new();

    public override double NextDouble()
    {
        lock (_lock)
        {
            return base.NextDouble();
        }
    }

    public override long NextInt64(long maxValue)
    {
        lock (_lock)
        {
            return base.NextInt64(maxValue);
        }
    }
}
