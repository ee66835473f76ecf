using System.Diagnostics;
using Muster.Bench.LoadDriver.Reports;
using Muster.Client.Balancing;

namespace Muster.Bench.Benchmarks.Handlers;

/// <summary>What the handler adds to a call over the bare transport, beside what the rival adds, all in one run.</summary>
/// <remarks>The aim for time is held to the CPU time of this process, over the transport in memory: that is what a handler costs, and it does
/// not grow with what else the machine does. The time that passed is shown beside it, and so is loopback, whose calls differ by more
/// than any handler adds. Bytes are exact everywhere.</remarks>
internal static class HandlerRows
{
    private const int WarmUpRounds = 2;
    private const int SlicesPerRound = 20;
    private const double AddedTimeMax = 0.5;
    private const double AddedGrpcBytesMax = 0.25;
    private const double AddedPlainBytesMax = 1;
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(20);

    public static async Task<IEnumerable<ComparedRow>> InMemoryAsync(int rounds, CancellationToken cancellationToken)
    {
        int[] ports = [1, 2, 3];
        return
        [
            .. await MeasureAsync(new Wire("HttpClient, in memory", IsGrpc: false, IsInMemory: true, ports), rounds, cancellationToken),
            .. await MeasureAsync(new Wire("gRPC, in memory", IsGrpc: true, IsInMemory: true, ports), rounds, cancellationToken),
        ];
    }

    public static async Task<IEnumerable<ComparedRow>> OverLoopbackAsync(int rounds, CancellationToken cancellationToken)
    {
        await using var target = await TargetServer.StartProcessAsync(cancellationToken);
        return
        [
            .. await MeasureAsync(new Wire("HttpClient, loopback", IsGrpc: false, IsInMemory: false, target.Plain), rounds, cancellationToken),
            .. await MeasureAsync(new Wire("gRPC, loopback", IsGrpc: true, IsInMemory: false, target.Grpc), rounds, cancellationToken),
        ];
    }

    private static async Task<IEnumerable<ComparedRow>> MeasureAsync(Wire wire, int rounds, CancellationToken cancellationToken)
    {
        List<Side> sides =
        [
            Side.Bare(wire), Side.Rewriting(wire), Side.Package(wire),
            Side.Muster(wire, PolicyNames.Adaptive), Side.Muster(wire, PolicyNames.RoundRobin),
        ];
        try
        {
            var figures = new List<Figure[]>();
            for (var round = -WarmUpRounds; round < rounds; round++)
            {
                var measured = await RoundAsync(sides, round + WarmUpRounds, cancellationToken);
                if (round >= 0)
                {
                    figures.Add(measured);
                }
            }

            return Rows(wire, sides, figures);
        }
        finally
        {
            foreach (var side in sides)
            {
                await side.DisposeAsync();
            }
        }
    }

    private static IEnumerable<ComparedRow> Rows(Wire wire, List<Side> sides, List<Figure[]> figures)
    {
        var whole = new ComparedRow($"{wire.Name}, bare: ns", null);
        var wholeCpu = new ComparedRow($"{wire.Name}, bare: ns of CPU", null);
        foreach (var round in figures)
        {
            whole.Add(round[0].Nanos);
            wholeCpu.Add(round[0].CpuNanos);
        }

        yield return whole;
        yield return wholeCpu;

        // Bare and the rival come first.
        for (var side = 2; side < sides.Count; side++)
        {
            var isMuster = side > 2;
            ComparedRow Row(string what, double? aim) => new($"{wire.Name}, {sides[side].Name}: {what} added", aim is { } most ? Aim.AtMost(most) : null)
            {
                Side = isMuster ? null : sides[side].Name,
            };

            var time = Row("ns", null);
            var cpu = Row("ns of CPU", isMuster && wire.IsInMemory ? AddedTimeMax : null);
            var bytes = Row("bytes", isMuster ? wire.IsGrpc ? AddedGrpcBytesMax : AddedPlainBytesMax : null);
            foreach (var round in figures)
            {
                time.Add(round[side].Nanos - round[0].Nanos, round[1].Nanos - round[0].Nanos);
                cpu.Add(round[side].CpuNanos - round[0].CpuNanos, round[1].CpuNanos - round[0].CpuNanos);
                bytes.Add(round[side].Bytes - round[0].Bytes, round[1].Bytes - round[0].Bytes);
            }

            yield return time;
            yield return cpu;
            yield return bytes;
        }
    }

    /// <summary>Slices of all sides by turns; of each side the median slice. So a machine that is busy for a while is busy for all, and
    /// for less than half of what counts.</summary>
    private static async Task<Figure[]> RoundAsync(List<Side> sides, int round, CancellationToken cancellationToken)
    {
        var nanos = sides.ConvertAll(_ => new List<double>(SlicesPerRound));
        var cpuNanos = sides.ConvertAll(_ => new List<double>(SlicesPerRound));
        var bytes = new long[sides.Count];
        var calls = new long[sides.Count];
        for (var slice = 0; slice < SlicesPerRound; slice++)
        {
            for (var turn = 0; turn < sides.Count; turn++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var side = (round + slice + turn) % sides.Count;
                var (took, cpu, allocated, made) = await SliceAsync(sides[side].Call);
                nanos[side].Add(took.TotalNanoseconds / made);
                cpuNanos[side].Add(cpu.TotalNanoseconds / made);
                bytes[side] += allocated;
                calls[side] += made;
            }
        }

        return [.. sides.Select((_, i) => new Figure(
            Spread.Of(nanos[i]).Median, Spread.Of(cpuNanos[i]).Median, bytes[i] / (double)calls[i]))];
    }

    private static async Task<(TimeSpan Took, TimeSpan Cpu, long Bytes, long Calls)> SliceAsync(Func<Task> call)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var cpuBefore = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var calls = 0L;
        TimeSpan took;
        do
        {
            for (var i = 0; i < 16; i++)
            {
                await call();
            }

            calls += 16;
            took = Stopwatch.GetElapsedTime(started);
        }
        while (took < s_slice);

        return (took, Environment.CpuUsage.TotalTime - cpuBefore, GC.GetTotalAllocatedBytes(precise: true) - before, calls);
    }

    private readonly record struct Figure(double Nanos, double CpuNanos, double Bytes);
}
