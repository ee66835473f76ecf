using Muster.Bench.LoadLab.Engine;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Real;

/// <summary>A scenario over real sockets, in real time.</summary>
internal abstract class RealScenario : Scenario
{
    /// <summary>Work of a request: long beside what a busy machine takes to deliver it.</summary>
    protected static readonly TimeSpan MeanService = TimeSpan.FromMilliseconds(50);

    public sealed override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies) =>
        RunAsync(seed, scale, policies, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Runs all policies on one seed; ends the servers before it returns, also if it is cancelled.</summary>
    public sealed override Task<Findings> RunAsync(
        ulong seed, Scale scale, IReadOnlyList<string> policies, CancellationToken cancellationToken) =>
        RunAsync(seed, isQuick: scale.Requests < Scale.Whole.Requests, policies, cancellationToken);

    protected abstract Task<Findings> RunAsync(ulong seed, bool isQuick, IReadOnlyList<string> policies, CancellationToken cancellationToken);

    /// <summary>Runs a trace through callers of one policy.</summary>
    /// <param name="fleet">Who answers.</param>
    /// <param name="policy">How callers choose.</param>
    /// <param name="protocol">What they speak.</param>
    /// <param name="trace">Who asks when for what.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <param name="meanwhile">Runs beside it.</param>
    protected static async Task<(OpenLoop Loop, long Attempts)> SendAsync(
        RealFleet fleet, string policy, RealProtocol protocol, Trace trace, CancellationToken cancellationToken, Func<Task>? meanwhile = null)
    {
        var callers = Enumerable.Range(0, trace.Clients).Select(i => new RealCaller(fleet.Registry, policy, protocol, seed: i + 1)).ToList();
        var loop = new OpenLoop(trace, callers);
        try
        {
            await Task.WhenAll(loop.RunAsync(cancellationToken), meanwhile?.Invoke() ?? Task.CompletedTask);
            return (loop, callers.Sum(c => c.Attempts));
        }
        finally
        {
            foreach (var caller in callers)
            {
                await caller.DisposeAsync();
            }
        }
    }
}
