namespace Muster.Bench.LoadDriver.Reports;

/// <summary>Measures two sides by turns, so that a machine which is slow for a while is slow for both.</summary>
internal static class Alternation
{
    /// <summary>Runs rounds; who begins changes from round to round.</summary>
    /// <param name="rounds">How often.</param>
    /// <param name="warmUps">Rounds before, whose results are dropped: what runs for the first time is compiled first, and once more
    /// when it has run for a while.</param>
    /// <param name="one">One side.</param>
    /// <param name="other">The other.</param>
    /// <param name="add">Takes both results of a round, in the order of the sides.</param>
    public static async Task RunAsync<T>(int rounds, int warmUps, Func<Task<T>> one, Func<Task<T>> other, Action<T, T> add)
    {
        for (var round = -warmUps; round < rounds; round++)
        {
            var isOneFirst = int.IsEvenInteger(round);
            var first = await (isOneFirst ? one : other)();
            var second = await (isOneFirst ? other : one)();
            if (round >= 0)
            {
                add(isOneFirst ? first : second, isOneFirst ? second : first);
            }
        }
    }
}
