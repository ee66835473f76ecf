using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>Decides by lot which part of a service a call goes to; what belongs together always draws the same.</summary>
internal static class Lots
{
    // Different numbers, so that the keys which stay in the zone are not those of the split's one side.
    public const ulong Split = 0x5EED_0000_0000_0001;
    public const ulong Zone = 0x5EED_0000_0000_0002;

    /// <summary>A number from 0 up to, and without, 1.</summary>
    public static double Draw(in PickContext context, ulong salt) => context.Affinity is { } key
        ? (PickRandom.Mix(PickRandom.Mix(key) ^ salt) >> 11) * (1.0 / (1UL << 53))
        : context.Random.NextDouble();
}
