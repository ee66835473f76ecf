using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Tests;

public class LabTests
{
    private static readonly Scale s_tiny = new(Requests: 5_000, WarmUp: TimeSpan.FromSeconds(1), Seeds: 2);

    // Two seeds run side by side, in whatever order: neither may show. The last two drive the whole handler.
    [Fact]
    public void Run_SameSeeds_MakesTheSameReport()
    {
        var scenarios = AllScenarios.List.Where(s => s.Name is "small" or "small-half-speed" or "all-failing" or "hedging").ToList();

        var first = new Lab(s_tiny, scenarios, Policies.All, parallel: 2).Run(TextWriter.Null).ToJson();
        var second = new Lab(s_tiny, scenarios, Policies.All, parallel: 2).Run(TextWriter.Null).ToJson();

        Assert.Equal(first, second);
    }

    [Fact]
    public void Run_OtherSeed_MakesAnotherFigure()
    {
        var scenario = AllScenarios.List.Single(s => s.Name == "small");

        Assert.NotEqual(scenario.Run(1, s_tiny, Policies.All).Figures[0].Value, scenario.Run(2, s_tiny, Policies.All).Figures[0].Value);
    }
}
