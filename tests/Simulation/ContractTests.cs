using System.Diagnostics;

namespace Muster.Simulation;

public class ContractTests
{
    [Fact]
    public void AnySeed_KeepsTheContract()
    {
        foreach (var seed in Seeds.All(count: 500, countFull: 20_000))
        {
            var outcome = Run.Of(seed);
            Seeds.WriteTrace(outcome);
            Assert.True(outcome.IsGood, outcome.ToString());
        }
    }

    [Fact]
    public void SeedsThatOnceFailed_KeepTheContract()
    {
        foreach (var (seed, found) in Seeds.Regressions)
        {
            var outcome = Run.Of(seed);
            Assert.True(outcome.IsGood, $"{found} is back. {outcome}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(44)]
    [InlineData(344)]
    public void SameSeed_GivesTheSameRunByteForByte(int seed)
    {
        var first = string.Join('\n', Run.Of(seed).Trace);
        var second = string.Join('\n', Run.Of(seed).Trace);

        Assert.NotEmpty(first);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task SameSeed_InAnotherProcess_GivesTheSameRunByteForByte()
    {
        // Hash codes of strings differ from process to process, and with them the order of sets.
        const int Seed = 7;
        var path = Path.GetTempFileName();
        try
        {
            await RunElsewhereAsync(Seed, path);

            Assert.Equal(string.Join('\n', Run.Of(Seed).Trace), await File.ReadAllTextAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task RunElsewhereAsync(int seed, string tracePath)
    {
        var start = new ProcessStartInfo(Path.ChangeExtension(typeof(ContractTests).Assembly.Location, null))
        {
            ArgumentList = { "-noLogo", "-noColor", "-method", $"*{nameof(AnySeed_KeepsTheContract)}" },
            RedirectStandardOutput = true,
        };
        Seeds.Choose(start.Environment, seed, tracePath);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
    }
}
