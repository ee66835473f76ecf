namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>What figures are called, in tables and in the report.</summary>
internal static class FigureNames
{
    public const string P50 = "p50 ÷ central queue";
    public const string P99 = "p99 ÷ central queue";
    public const string P999 = "p99.9 ÷ central queue";
    public const string Utilization = "utilisation, max ÷ mean";
    public const string InFlight = "requests in flight, p99 ÷ mean";
    public const string Attempts = "attempts ÷ requests";
    public const string Errors = "errors ÷ requests";
}
