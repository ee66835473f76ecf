using System.CommandLine;

namespace Muster.Bench.LoadDriver.Unregister;

/// <summary><c>unregister</c>: how long an instance that takes itself out is still chosen.</summary>
internal static class UnregisterCommand
{
    private const int Rounds = 100;
    private const int QuickRounds = 10;

    // Each starts a process.
    private const int RoundsPerTermination = 5;

    public static Command Create(TimeProvider timeProvider)
    {
        var quick = new Option<bool>("--quick") { Description = $"{QuickRounds} rounds instead of {Rounds}." };
        var report = new Option<FileInfo?>("--report") { Description = "Write the figures into this file, as JSON." };
        var command = new Command("unregister", "From the key u, and from SIGTERM, to the last pick, over all callers; and from r to the first.") { quick, report };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var figures = await MeasureAsync(parsed.GetValue(quick) ? QuickRounds : Rounds, timeProvider, cancellationToken);
            figures.Print(Console.Out);
            if (parsed.GetValue(report) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, figures.ToJson(), cancellationToken);
            }

            return figures.AimIsMet ? 0 : 1;
        });
        return command;
    }

    private static async Task<UnregisterFigures> MeasureAsync(int rounds, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        await using var system = await MeasuredSystem.StartAsync(timeProvider, cancellationToken);
        var figures = new UnregisterFigures(MeasuredSystem.Instances, MeasuredSystem.Callers);
        // One round unmeasured: what runs for the first time is compiled first.
        for (var round = -1; round < rounds; round++)
        {
            var (gone, back) = await system.TakeOutAndBackAsync((round + 1) % MeasuredSystem.Instances, cancellationToken);
            if (round >= 0)
            {
                figures.Add(gone, back);
            }
        }

        // There is no such signal there.
        if (!OperatingSystem.IsWindows())
        {
            for (var round = 0; round < rounds / RoundsPerTermination; round++)
            {
                figures.AddTerminated(await system.TerminateAppAsync(round, cancellationToken));
            }
        }

        return figures;
    }
}
