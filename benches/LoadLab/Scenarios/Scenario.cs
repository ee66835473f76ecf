using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>A situation that policies are put into, and what is asked of them there.</summary>
internal abstract class Scenario
{
    /// <summary>One word for the command line.</summary>
    public abstract string Name { get; }

    /// <summary>A line for people.</summary>
    public abstract string Title { get; }

    /// <summary>The figure that a picture of this scenario shows; null for none.</summary>
    public virtual string? Pictured => null;

    /// <summary>Whether more of that figure is better.</summary>
    public virtual bool IsMoreBetter => false;

    /// <summary>What its time series show; null if it has none.</summary>
    public virtual IReadOnlyList<Chart> Charts => [];

    /// <summary>What a figure is to be; null if it is only reported.</summary>
    public virtual Aim? AimOf(string figure, string policy) => null;

    /// <summary>Runs all policies on one seed.</summary>
    public abstract Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies);

    /// <summary>The same, as far as anybody waits for it.</summary>
    /// <remarks>A simulation touches nothing but its own memory, so one that nobody waits for any more ends with the program. It has a thread
    /// of its own: those of the pool must be free to hear of a signal.</remarks>
    public virtual Task<Findings> RunAsync(ulong seed, Scale scale, IReadOnlyList<string> policies, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => Run(seed, scale, policies), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(cancellationToken);

    /// <summary>An aim of the default policy.</summary>
    protected static Aim? ForDefault(string policy, Aim aim) => policy == Policies.Default ? aim : null;

    /// <summary>Requests per second that keep all cores together busy for a share of their time.</summary>
    protected static double RateFor(World world, double load) => load * world.Cores * world.Speeds.Sum() / world.MeanService.TotalSeconds;

    /// <summary>A trace of one rate and equal clients.</summary>
    protected static Trace SteadyTrace(World world, int clients, double load, TimeSpan duration, ulong seed) =>
        SteadyTrace(world, TracePlan.EqualClients(clients), load, duration, seed);

    /// <summary>A trace of one rate.</summary>
    /// <param name="world">Whose servers are to be kept busy.</param>
    /// <param name="clientWeights">What each client asks for, beside the others.</param>
    /// <param name="load">How busy.</param>
    /// <param name="duration">How long.</param>
    /// <param name="seed">Decides all else.</param>
    protected static Trace SteadyTrace(World world, IReadOnlyList<double> clientWeights, double load, TimeSpan duration, ulong seed) => Trace.Make(
        new TracePlan([new Stretch(duration, RateFor(world, load))], clientWeights, world.MeanService.Ticks, ServiceTimes.LogNormal), seed);
}
