namespace Muster.Bench.LoadDriver.Registry.Rows;

/// <summary>How long everything is measured.</summary>
/// <param name="Rounds">Alternating rounds of each row.</param>
/// <param name="Duration">Length of a round of the rows that count what is done in a time.</param>
/// <param name="Changes">Changes of a round of the rows that time a change.</param>
/// <param name="Instances">Instances of the rows about a full registry.</param>
internal sealed record Plan(int Rounds, TimeSpan Duration, int Changes, int Instances)
{
    public static readonly Plan Whole = new(5, TimeSpan.FromSeconds(3), 100, 100_000);

    /// <summary>To see that everything runs; the figures are not for quoting.</summary>
    public static readonly Plan Quick = new(1, TimeSpan.FromSeconds(1), 10, 10_000);
}
