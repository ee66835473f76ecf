using BenchmarkDotNet.Attributes;
using Muster.Client.Balancing;

namespace Muster.Bench.Benchmarks.Picks;

/// <summary>One pick, by one thread.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class PickBenchmarks
{
    private readonly PickRandom _random = new(1);
    private IPicker _picker = null!;
    private ulong _call;

    public static IEnumerable<string> Policies => [.. Fleets.ConstantTime, .. Fleets.Others];

    [ParamsSource(nameof(Policies))]
    public string Policy { get; set; } = PolicyNames.RoundRobin;

    [Params(10, 1000, 10_000)]
    public int Instances { get; set; }

    [GlobalSetup]
    public void SetUp() => _picker = Fleets.CreatePicker(Policy, Instances, _random);

    // Each call belongs to something else: the worst case for who looks that up.
    [Benchmark]
    public int Pick() => _picker.Pick(new PickContext(Fleets.Now, _random, ++_call * 0x9E37_79B9_7F4A_7C15));
}
