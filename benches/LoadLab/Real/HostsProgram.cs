using System.CommandLine;
using System.Globalization;

namespace Muster.Bench.LoadLab.Real;

/// <summary>The servers of a real run, a process of their own. Says <c>ready</c> when all are listed; restarts one when its number
/// comes on standard input, and says so when it is back; ends with its standard input, and when a signal asks it to.</summary>
internal static class HostsProgram
{
    public const string CommandName = "hosts";

    // Many times what a server takes to be listed.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var registry = new Option<string>("--registry") { Required = true };
        var speeds = new Option<double[]>("--speeds") { Required = true, AllowMultipleArgumentsPerToken = true };
        var protocol = new Option<RealProtocol>("--protocol");
        var cores = new Option<int>("--cores");
        var fails = new Option<bool>("--fails");
        var command = new Command(CommandName, "The servers of a real run.") { registry, speeds, protocol, cores, fails };
        command.Hidden = true;
        command.SetAction(async parsed =>
        {
            using var interruption = new Interruption();
            var plan = new HostPlan(parsed.GetRequiredValue(speeds), parsed.GetValue(protocol))
            {
                Cores = parsed.GetValue(cores),
                Fails = parsed.GetValue(fails),
            };
            await RunAsync(plan, parsed.GetRequiredValue(registry), interruption.Token);
            return interruption.ExitCode ?? 0;
        });
        return command;
    }

    /// <summary>The arguments that <see cref="Create"/> takes.</summary>
    public static IEnumerable<string> Arguments(HostPlan plan, string registry) =>
    [
        CommandName, "--registry", registry,
        "--speeds", .. plan.Speeds.Select(s => s.ToString(CultureInfo.InvariantCulture)),
        "--protocol", plan.Protocol.ToString(),
        "--cores", plan.Cores.ToString(CultureInfo.InvariantCulture),
        .. plan.Fails ? ["--fails"] : Array.Empty<string>(),
    ];

    private static async Task RunAsync(HostPlan plan, string registry, CancellationToken cancellationToken)
    {
        var hosts = new List<RealHost>();
        for (var i = 0; i < plan.Speeds.Count; i++)
        {
            hosts.Add(await RealHost.StartAsync(plan, i, registry, cancellationToken));
        }

        Console.WriteLine("ready");
        while (await NextLineAsync(cancellationToken) is { } line)
        {
            var index = int.Parse(line, CultureInfo.InvariantCulture);
            await hosts[index].DisposeAsync();
            // A registry that has died meanwhile lists nobody any more, and who ran it does not end this process.
            using var patience = new CancellationTokenSource(s_patience, TimeProvider.System);
            hosts[index] = await RealHost.StartAsync(plan, index, registry, patience.Token);
            Console.WriteLine(line);
        }

        await Task.WhenAll(hosts.Select(h => h.DisposeAsync().AsTask()));
    }

    // The console reads one line at a time and hears of no token meanwhile.
    private static async Task<string?> NextLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(Console.In.ReadLine, cancellationToken).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
