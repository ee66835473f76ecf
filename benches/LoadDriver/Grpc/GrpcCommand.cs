using System.CommandLine;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadDriver.Grpc;

/// <summary><c>grpc</c>: how close Muster.Grpc comes to bare HTTP/2.</summary>
internal static class GrpcCommand
{
    private const int Rounds = 9;
    private const int QuickRounds = 3;

    private static readonly Dictionary<string, Func<GrpcRounds, CancellationToken, Task<IEnumerable<ComparedRow>>>> s_parts = new()
    {
        ["unary-1"] = (rounds, token) => rounds.UnaryAsync(1, token),
        ["unary-64"] = (rounds, token) => rounds.UnaryAsync(64, token),
        ["down"] = (rounds, token) => rounds.StreamAsync(isDown: true, token),
        ["up"] = (rounds, token) => rounds.StreamAsync(isDown: false, token),
    };

    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = $"{QuickRounds} short rounds instead of {Rounds} long ones." };
        var report = new Option<FileInfo?>("--report") { Description = "Write the figures into this file, as JSON." };
        var only = new Option<string[]>("--only")
        {
            Description = $"Only these parts, for a profile: {string.Join(", ", s_parts.Keys)}. Default: all.",
            AllowMultipleArgumentsPerToken = true,
        };
        only.AcceptOnlyFromAmong([.. s_parts.Keys]);
        var command = new Command("grpc", "Calls and messages per second, and bytes allocated, beside bare HTTP/2 requests of the same bytes.")
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
        await using var server = await ServerProcess.StartAsync(cancellationToken);
        var count = isQuick ? QuickRounds : Rounds;
        var rounds = new GrpcRounds(server, count, TimeSpan.FromSeconds(isQuick ? 0.5 : 2));
        var rows = new List<ComparedRow>();
        foreach (var (part, measure) in s_parts)
        {
            if (only.Length == 0 || only.Contains(part))
            {
                rows.AddRange(await measure(rounds, cancellationToken));
            }
        }

        return new Comparison("bare", count, rows);
    }
}
