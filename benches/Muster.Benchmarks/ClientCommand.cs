using System.CommandLine;
using Muster.Bench.Benchmarks.Handlers;
using Muster.Bench.Benchmarks.Picks;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.Benchmarks;

/// <summary><c>client</c>: what a pick costs, and what the whole handler adds to a call.</summary>
internal static class ClientCommand
{
    private const int Rounds = 9;
    private const int QuickRounds = 3;

    private static readonly string[] s_parts = ["picks", "sizes", "threads", "memory", "loopback"];

    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = $"{QuickRounds} short rounds instead of {Rounds} long ones." };
        var report = new Option<FileInfo?>("--report") { Description = "Write the figures into this file, as JSON." };
        var only = new Option<string[]>("--only")
        {
            Description = $"Only these parts, for a profile: {string.Join(", ", s_parts)}. Default: all.",
            AllowMultipleArgumentsPerToken = true,
        };
        only.AcceptOnlyFromAmong(s_parts);
        var command = new Command("client", "Time and bytes of a pick, and of the handler beside one that rewrites the URI of each request.")
        {
            quick, report, only,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var comparison = await MeasureAsync(parsed.GetValue(quick), parsed.GetValue(only) ?? [], cancellationToken);
            comparison.Print(Console.Out);
            if (parsed.GetValue(report) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, comparison.ToJson() + "\n", cancellationToken);
            }

            return comparison.IsMet ? 0 : 1;
        });
        return command;
    }

    private static async Task<Comparison> MeasureAsync(bool isQuick, string[] only, CancellationToken cancellationToken)
    {
        bool Wants(string part) => only.Length == 0 || only.Contains(part);

        var rounds = isQuick ? QuickRounds : Rounds;
        var rows = new List<ComparedRow>();
        if (Wants("picks"))
        {
            rows.AddRange(PickRows.Measure(isQuick));
        }

        if (Wants("sizes"))
        {
            rows.AddRange(SizeRows.Measure(rounds));
        }

        if (Wants("threads"))
        {
            rows.AddRange(ThreadRows.Measure(rounds));
        }

        if (Wants("memory"))
        {
            rows.AddRange(await HandlerRows.InMemoryAsync(rounds, cancellationToken));
        }

        if (Wants("loopback"))
        {
            rows.AddRange(await HandlerRows.OverLoopbackAsync(rounds, cancellationToken));
        }

        return new Comparison("rewriting", rounds, rows);
    }
}
