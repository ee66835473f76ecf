namespace Muster.Bench.LoadLab.Engine;

/// <summary>How long a core works for a request, in multiples of the mean.</summary>
internal enum ServiceTimes
{
    /// <summary>Log-normal, deviation as large as the mean: many short ones and a long tail, as services have.</summary>
    LogNormal,

    /// <summary>Exponential: what queueing theory has formulas for.</summary>
    Exponential,
}
