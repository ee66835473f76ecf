using Muster.Bench.LoadDriver.Registry.Load;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadDriver.Registry.Rows;

/// <summary>Measures two sides by turns, so that a machine which is slow for a while is slow for both.</summary>
internal static class Alternation
{
    /// <summary>Measures rates, after one round that only warms up.</summary>
    public static Task RunAsync(int rounds, ComparedRow row, Func<Task<Rate>> muster, Func<Task<Rate>> other) =>
        RunAsync(rounds, warmUps: 1, muster, other, (m, o) =>
        {
            row.Add(m.PerSecond, o.PerSecond);
            row.AddDriverCores(m.DriverCores, o.DriverCores);
            row.AddServerCores(m.ServerCores, o.ServerCores);
        });

    /// <summary>Measures anything.</summary>
    /// <param name="rounds">How often.</param>
    /// <param name="warmUps">Rounds before, whose results are dropped.</param>
    /// <param name="muster">One side.</param>
    /// <param name="other">The other.</param>
    /// <param name="add">Takes both results of a round.</param>
    public static async Task RunAsync<T>(int rounds, int warmUps, Func<Task<T>> muster, Func<Task<T>> other, Action<T, T> add)
    {
        for (var round = -warmUps; round < rounds; round++)
        {
            var isMusterFirst = int.IsEvenInteger(round);
            var first = await (isMusterFirst ? muster : other)();
            var second = await (isMusterFirst ? other : muster)();
            if (round >= 0)
            {
                add(isMusterFirst ? first : second, isMusterFirst ? second : first);
            }
        }
    }
}
