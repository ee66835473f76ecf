using Muster.Bench.LoadLab.Scenarios;
using Muster.Client.Balancing;

namespace Muster.Bench.LoadLab.Tests;

public class LabTests
{
    private static readonly Scale s_tiny = new(Requests: 5_000, WarmUp: TimeSpan.FromSeconds(1), Seeds: 2);

    // Two seeds run side by side, in whatever order: neither may show. The last two drive the whole handler.
    [Fact]
    public async Task Run_SameSeeds_MakesTheSameReport()
    {
        var scenarios = AllScenarios.List.Where(s => s.Name is "small" or "small-half-speed" or "all-failing" or "hedging").ToList();

        var first = (await new Lab(s_tiny, scenarios, Policies.All, parallel: 2).RunAsync(TextWriter.Null, CancellationToken.None)).ToJson();
        var second = (await new Lab(s_tiny, scenarios, Policies.All, parallel: 2).RunAsync(TextWriter.Null, CancellationToken.None)).ToJson();

        Assert.Equal(first, second);
    }

    [Fact]
    public void Run_OtherSeed_MakesAnotherFigure()
    {
        var scenario = AllScenarios.List.Single(s => s.Name == "small");

        Assert.NotEqual(scenario.Run(1, s_tiny, Policies.All).Figures[0].Value, scenario.Run(2, s_tiny, Policies.All).Figures[0].Value);
    }

    // What the default policy promises, on a tenth of the requests of a real run: its figures there are 1.03 and 1.11. round_robin, whose
    // turns know nothing, shows that the bounds can be missed.
    [Theory]
    [InlineData("equal-0.8", 1.10)]
    [InlineData("half-speed", 1.25)]
    public void Run_ManyClientsAndServers_DefaultPolicyMeetsItsAim(string name, double aim)
    {
        var found = AllScenarios.List.Single(s => s.Name == name)
            .Run(1, s_tiny with { Requests = 50_000 }, [Policies.Default, PolicyNames.RoundRobin]);

        double P99(string policy) => found.Figures.Single(f => f.Figure == "p99 ÷ central queue" && f.Policy == policy).Value;
        Assert.InRange(P99(Policies.Default), 0.9, aim);
        Assert.InRange(P99(PolicyNames.RoundRobin), aim, double.MaxValue);
    }

    // The only row that sees what the last of few servers bear while all others are newcomers. One rollout is too few requests for an
    // aim; without relief it is at four times the steady latency.
    [Fact]
    public void Run_FewServersRestarted_LastOnesAreNotOverloaded()
    {
        var scenario = AllScenarios.List.Single(s => s.Name == "rolling-restart-small");

        var found = scenario.Run(1, s_tiny with { Requests = 100_000, WarmUp = TimeSpan.FromSeconds(10) }, [Policies.Default]);

        Assert.InRange(found.Figures.Single(f => f.Figure == "p99 ÷ steady").Value, 0.8, 1.2);
        Assert.Equal(0, found.Figures.Single(f => f.Figure == FigureNames.Errors).Value);
    }
}
