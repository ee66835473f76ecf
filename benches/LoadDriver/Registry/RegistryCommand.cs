using System.CommandLine;
using Muster.Bench.LoadDriver.Registry.Rows;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadDriver.Registry;

/// <summary><c>registry</c>: the registry beside a real etcd.</summary>
internal static class RegistryCommand
{
    private static readonly Dictionary<string, Func<Plan, CancellationToken, Task<IReadOnlyList<ComparedRow>>>> s_parts = new()
    {
        ["register"] = (plan, token) => new RateRows(plan).UnaryRegistrationsAsync(token),
        ["register-sessions"] = (plan, token) => new RateRows(plan).SessionRegistrationsAsync(token),
        ["renew"] = (plan, token) => new RateRows(plan).UnaryRenewalsAsync(token),
        ["renew-streams"] = (plan, token) => new RateRows(plan).StreamRenewalsAsync(token),
        ["lookup"] = (plan, token) => new RateRows(plan).LookupsAsync(token),
        ["watch-1000"] = (plan, token) => new WatchRows(plan).ChangesAsync(1000, token),
        ["watch-10000"] = (plan, token) => new WatchRows(plan).ChangesAsync(10_000, token),
        ["restart"] = (plan, token) => new RestartRows(plan).RestartsAsync(token),
        ["expiry"] = (plan, token) => new ExpiryRows(plan).ExpiriesAsync(token),
        ["kill"] = (plan, token) => new AloneRows(plan).KillsAsync(token),
        ["idle-watchers"] = (plan, token) => new AloneRows(plan).IdleWatchersAsync(token),
        ["stalled-watchers"] = (plan, token) => new AloneRows(plan).StalledWatchersAsync(token),
        ["heartbeats"] = (plan, token) => new AloneRows(plan).HeartbeatsAsync(token),
        ["full-node"] = (plan, token) => new AloneRows(plan).FullNodeAsync(token),
    };

    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "One short round of each row, to see that it runs." };
        var report = new Option<FileInfo?>("--report") { Description = "Write the figures into this file, as JSON." };
        var only = new Option<string[]>("--only")
        {
            Description = $"Only these parts: {string.Join(", ", s_parts.Keys)}. Default: all.",
            AllowMultipleArgumentsPerToken = true,
        };
        var seconds = new Option<double?>("--seconds") { Description = "Another length of a round, for a profile." };
        only.AcceptOnlyFromAmong([.. s_parts.Keys]);
        var command = new Command("registry", "A registry on disk beside a real etcd: same driver, same callers, same records.") { quick, report, only, seconds };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var plan = parsed.GetValue(quick) ? Plan.Quick : Plan.Whole;
            plan = parsed.GetValue(seconds) is { } length ? plan with { Duration = TimeSpan.FromSeconds(length) } : plan;
            var wanted = parsed.GetValue(only) ?? [];
            var rows = new List<ComparedRow>();
            foreach (var (part, measure) in s_parts)
            {
                if (wanted.Length == 0 || wanted.Contains(part))
                {
                    Console.Error.WriteLine($"{part} ...");
                    rows.AddRange(await measure(plan, cancellationToken));
                }
            }

            var comparison = new Comparison("etcd", plan.Rounds, rows);
            comparison.Print(Console.Out);
            if (parsed.GetValue(report) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, comparison.ToJson() + "\n", cancellationToken);
            }

            return comparison.IsMet ? 0 : 1;
        });
        return command;
    }
}
