using System.Globalization;
using Muster.Bench.LoadDriver.Reports;
using Muster.Client.Balancing;

namespace Muster.Bench.Benchmarks.Picks;

/// <summary>Picks by many threads at once: what they share (a sequence, a source of chance) shows here alone.</summary>
internal static class ThreadRows
{
    private const int Instances = 1000;
    private const int Picks = 300_000;
    private const int ThreadsMax = 16;
    private const double GrowthMax = 3;

    public static IEnumerable<ComparedRow> Measure(int rounds)
    {
        foreach (var policy in (IEnumerable<string>)[.. Fleets.ConstantTime, .. Fleets.Others])
        {
            var random = new PickRandom(1, Environment.ProcessorCount);
            var picker = Fleets.CreatePicker(policy, Instances, random);
            int[] threads = [.. new[] { 1, 2, 4, 8, ThreadsMax }];
            var rows = threads.ToDictionary(n => n, n => new ComparedRow(
                string.Create(CultureInfo.InvariantCulture, $"pick, {policy}, {n} threads: ns of CPU"), null));
            var bytes = new ComparedRow($"pick, {policy}, {ThreadsMax} threads: bytes", Aim.AtMost(0));
            var isConstant = Fleets.ConstantTime.Contains(policy);
            var picksPerThread = Fleets.PicksOf(policy, Picks);
            var growth = new ComparedRow($"pick, {policy}: {ThreadsMax} threads ÷ 1", isConstant ? Aim.AtMost(GrowthMax) : null);
            for (var round = -1; round < rounds; round++)
            {
                var (one, most) = (0.0, 0.0);
                foreach (var n in threads)
                {
                    var (nanos, allocated) = Run(picker, random, n, picksPerThread);
                    if (round < 0)
                    {
                        continue;
                    }

                    rows[n].Add(nanos);
                    (one, most) = (n == 1 ? nanos : one, nanos);
                    if (n == ThreadsMax)
                    {
                        bytes.Add(allocated);
                    }
                }

                if (round >= 0)
                {
                    growth.Add(most / one);
                }
            }

            foreach (var row in (IEnumerable<ComparedRow>)[.. rows.Values, growth, bytes])
            {
                yield return row;
            }
        }
    }

    /// <returns>What a pick takes of a core's time, and bytes of a pick.</returns>
    private static (double Nanos, double Bytes) Run(IPicker picker, PickRandom random, int threads, int picksPerThread)
    {
        using var ready = new CountdownEvent(threads);
        using var go = new ManualResetEventSlim();
        var bytes = new long[threads];
        var sinks = new int[threads];
        var running = Enumerable.Range(0, threads).Select(thread =>
        {
            var started = new Thread(() =>
            {
                ready.Signal();
                go.Wait();
                var allocated = GC.GetAllocatedBytesForCurrentThread();
                var sink = 0;
                for (var i = 0; i < picksPerThread; i++)
                {
                    sink += picker.Pick(new PickContext(Fleets.Now, random, (ulong)((thread * picksPerThread) + i) * 0x9E37_79B9_7F4A_7C15));
                }

                sinks[thread] = sink;
                bytes[thread] = GC.GetAllocatedBytesForCurrentThread() - allocated;
            });
            started.Start();
            return started;
        }).ToList();
        ready.Wait();
        var before = Environment.CpuUsage.TotalTime;
        go.Set();
        running.ForEach(t => t.Join());

        // Not the time that passed: more threads than cores take turns, and so do other programs. A pick does not take longer for
        // it, it waits.
        var busy = Environment.CpuUsage.TotalTime - before;
        var picks = (double)threads * picksPerThread;
        return (busy.TotalNanoseconds / picks, Math.Floor(bytes.Sum() / picks));
    }
}
