namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>How much of a scenario is run.</summary>
/// <param name="Requests">Requests of a point that count.</param>
/// <param name="WarmUp">Time before they do: connections, averages and blackouts of policies have settled by then.</param>
/// <param name="Seeds">Different runs of each point.</param>
internal sealed record Scale(int Requests, TimeSpan WarmUp, int Seeds)
{
    /// <summary>What is published: with three million requests, thirty thousand lie above the 99th percentile.</summary>
    public static readonly Scale Whole = new(3_000_000, TimeSpan.FromSeconds(30), 3);

    /// <summary>To see that it runs; too short for figures.</summary>
    public static readonly Scale Quick = new(150_000, TimeSpan.FromSeconds(4), 1);
}
