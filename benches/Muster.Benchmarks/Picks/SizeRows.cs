using System.Globalization;
using Muster.Bench.LoadDriver.Reports;
using Muster.Client.Balancing;

namespace Muster.Bench.Benchmarks.Picks;

/// <summary>What a pick among few and among many instances costs of CPU time, and how much dearer many make it: by turns, in short slices, so
/// that whatever else the machine does is in both.</summary>
internal static class SizeRows
{
    private const int Few = 10;
    private const int Many = 10_000;
    private const int SlicesPerRound = 50;
    private const double PickNanosMax = 25;
    private const double GrowthMax = 1.3;

    public static IEnumerable<ComparedRow> Measure(int rounds)
    {
        foreach (var policy in (IEnumerable<string>)[.. Fleets.ConstantTime, .. Fleets.Others])
        {
            var isConstant = Fleets.ConstantTime.Contains(policy);
            var random = new PickRandom(1);
            var (few, many) = (Fleets.CreatePicker(policy, Few, random), Fleets.CreatePicker(policy, Many, random));
            var row = new ComparedRow($"pick, {policy}: ns of CPU at 10,000 instances beside those at 10", isConstant ? Aim.AtMost(GrowthMax) : null)
            {
                Side = "many", Other = "few",
            };

            var ofEach = new[] { Few, Many }.ToDictionary(n => n, n => new ComparedRow(
                string.Create(CultureInfo.InvariantCulture, $"pick, {policy}, {n} instances: ns of CPU"),
                isConstant ? Aim.AtMost(PickNanosMax) : null));

            // Long enough for the clock, and short enough that few slices are interrupted.
            var picks = Fleets.PicksOf(policy, 20_000);
            for (var round = -1; round < rounds; round++)
            {
                List<double> ofFew = [], ofMany = [];
                for (var slice = 0; slice < SlicesPerRound; slice++)
                {
                    ofFew.Add(Slice(few, random, picks));
                    ofMany.Add(Slice(many, random, picks));
                }

                if (round >= 0)
                {
                    row.Add(Spread.Of(ofMany).Median, Spread.Of(ofFew).Median);
                    ofEach[Few].Add(Spread.Of(ofFew).Median);
                    ofEach[Many].Add(Spread.Of(ofMany).Median);
                }
            }

            yield return ofEach[Few];
            yield return ofEach[Many];
            yield return row;
        }
    }

    private static double Slice(IPicker picker, PickRandom random, int picks)
    {
        var (before, sink) = (Environment.CpuUsage.TotalTime, 0);
        for (var i = 1; i <= picks; i++)
        {
            sink += picker.Pick(new PickContext(Fleets.Now, random, (ulong)i * 0x9E37_79B9_7F4A_7C15));
        }

        GC.KeepAlive(sink);
        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / picks;
    }
}
