using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>A situation that policies are put into, and what is asked of them there.</summary>
internal abstract class Scenario
{
    /// <summary>One word for the command line.</summary>
    public abstract string Name { get; }

    /// <summary>A line for people.</summary>
    public abstract string Title { get; }

    /// <summary>What a figure is to be; null if it is only reported.</summary>
    public virtual Aim? AimOf(string figure, string policy) => null;

    /// <summary>Runs all policies on one seed.</summary>
    public abstract IEnumerable<Measured> Run(ulong seed, Scale scale, IReadOnlyList<string> policies);
}
