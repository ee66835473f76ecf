using System.CommandLine;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadDriver.Grpc;

/// <summary><c>grpc</c>: how close Muster.Grpc comes to bare HTTP/2.</summary>
internal static class GrpcCommand
{
    private const int Rounds = 9;
    private const int QuickRounds = 3;

    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = $"{QuickRounds} short rounds instead of {Rounds} long ones." };
        var report = new Option<FileInfo?>("--report") { Description = "Write the figures into this file, as JSON." };
        var command = new Command("grpc", "Calls and messages per second, and bytes allocated, beside bare HTTP/2 requests of the same bytes.") { quick, report };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var comparison = await MeasureAsync(parsed.GetValue(quick), cancellationToken);
            comparison.Print(Console.Out);
            if (parsed.GetValue(report) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, comparison.ToJson() + "\n", cancellationToken);
            }

            return comparison.IsMet ? 0 : 1;
        });
        return command;
    }

    private static async Task<Comparison> MeasureAsync(bool isQuick, CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken);
        var count = isQuick ? QuickRounds : Rounds;
        var rounds = new GrpcRounds(server, count, TimeSpan.FromSeconds(isQuick ? 0.5 : 2));
        List<ComparedRow> rows =
        [
            .. await rounds.UnaryAsync(1, cancellationToken),
            .. await rounds.UnaryAsync(64, cancellationToken),
            .. await rounds.StreamAsync(isDown: true, cancellationToken),
            .. await rounds.StreamAsync(isDown: false, cancellationToken),
        ];
        return new Comparison("bare", count, rows);
    }
}
