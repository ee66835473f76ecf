using System.CommandLine;
using System.Globalization;
using Muster.Bench.LoadLab.Real;
using Muster.Bench.LoadLab.Reports;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab;

/// <summary><c>balancing</c>: the shipped policies on virtual time.</summary>
internal static class BalancingCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "Short runs of one seed, to see that it runs." };
        var report = new Option<FileInfo?>("--report") { Description = "Write the figures into this file, as JSON; if it is interrupted, those that are finished." };
        var results = new Option<DirectoryInfo?>("--results") { Description = "Write tables and plots into this folder, if it is not interrupted." };
        var seeds = new Option<int?>("--seeds") { Description = "Seeds per point." };
        var requests = new Option<int?>("--requests") { Description = "Requests per point that count." };
        var real = new Option<bool>("--real") { Description = "Over real sockets and in real time instead of simulated." };
        var only = List("--only", "Only these scenarios", [.. AllScenarios.List.Select(s => s.Name), .. RealScenarios.List.Select(s => s.Name)]);
        var policies = List("--policies", "Only these policies", Policies.All);
        var command = new Command("balancing", "What the policies do to latency, in a seeded simulation that drives the shipped code.")
        {
            quick, real, only, policies, seeds, requests, report, results,
        };
        command.SetAction(async parsed =>
        {
            using var interruption = new Interruption();
            var scale = parsed.GetValue(quick) ? Scale.Quick : Scale.Whole;
            scale = scale with
            {
                Seeds = parsed.GetValue(seeds) ?? scale.Seeds,
                Requests = parsed.GetValue(requests) ?? scale.Requests,
            };
            var wanted = parsed.GetValue(policies) is { Length: > 0 } named ? Wanted(Policies.All, p => p, named)
                : parsed.GetValue(quick) ? Policies.Main : Policies.All;
            var isReal = parsed.GetValue(real);
            var scenarios = Wanted(isReal ? RealScenarios.List : AllScenarios.List, s => s.Name, parsed.GetValue(only));

            // What is measured in real time must have the machine for itself.
            var made = await new Lab(scale, scenarios, wanted, parallel: isReal ? 1 : Environment.ProcessorCount)
                .RunAsync(Console.Error, interruption.Token);
            await ShowAsync(made, parsed.GetValue(report), parsed.GetValue(results));
            return interruption.ExitCode ?? (made.IsMet ? 0 : 1);
        });
        return command;
    }

    private static async Task ShowAsync(LabReport made, FileInfo? report, DirectoryInfo? results)
    {
        foreach (var part in made.Parts)
        {
            Console.Out.WriteLine(MarkdownTables.Of(part));
        }

        if (report is not null)
        {
            await File.WriteAllTextAsync(report.FullName, made.ToJson() + "\n");
        }

        if (made.Unfinished.Count > 0)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                Interrupted: {made.Unfinished.Count} runs are missing. {(report is null ? "Nothing was written" : $"{report.Name} holds what was finished")}{(results is null ? "." : $"; {results.Name} is as it was.")}
                """));
        }
        else if (results is not null)
        {
            // Pictures and tables for people are whole or not at all.
            await ResultsFolder.WriteAsync(results, made);
        }
    }

    private static Option<string[]> List(string name, string description, IEnumerable<string> allowed)
    {
        var names = allowed.ToArray();
        var option = new Option<string[]>(name)
        {
            Description = $"{description}: {string.Join(", ", names)}. Default: all.",
            AllowMultipleArgumentsPerToken = true,
            CustomParser = result => [.. result.Tokens.SelectMany(t => t.Value.Split(','))],
        };
        option.Validators.Add(result =>
        {
            var unknown = result.Tokens.SelectMany(t => t.Value.Split(',')).Except(names).ToList();
            if (unknown.Count > 0)
            {
                result.AddError($"{name}: there is no '{unknown[0]}'; there are {string.Join(", ", names)}.");
            }
        });
        return option;
    }

    private static IReadOnlyList<T> Wanted<T>(IReadOnlyList<T> all, Func<T, string> nameOf, string[]? names) =>
        names is null or [] ? all : [.. all.Where(a => names.Contains(nameOf(a)))];
}
